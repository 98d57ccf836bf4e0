/** What the few pages have that the server writes itself: no scripts, and values escaped by the template, whatever they hold. */

import { html } from "hono/html";

export type Html = ReturnType<typeof html>;

export interface PageOptions {
  readonly title: string;
  readonly status?: number;
}

export async function page({ title, status = 200 }: PageOptions, body: Html): Promise<Response> {
  const text = await html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${title} · queuectl</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/style.css">
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>
  `;
  return new Response(String(text), { status, headers: { "content-type": "text/html; charset=utf-8" } });
}
