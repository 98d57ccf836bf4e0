/** A refusal, for who looks at it with a browser. */

import { html } from "hono/html";
import type { Problem } from "../schemas/problem.ts";
import { page } from "./layout.ts";

export async function problemPage(response: Response): Promise<Response> {
  const { title, detail, hint, status }: Problem = await response.json();
  const shown = await page(
    { title, status },
    html`
      <p>${detail}.</p>${hint === undefined ? "" : html`
        <p>${hint}.</p>
      `}
      <p><a href="/">To the dashboard</a></p>
    `,
  );
  for (const [name, value] of response.headers) if (name !== "content-type") shown.headers.set(name, value);
  return shown;
}
