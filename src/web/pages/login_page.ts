/** The page that asks for the token. It needs no session for anything that it loads. */

import { html } from "hono/html";
import { page } from "./layout.ts";

export interface LoginPageOptions {
  /** Where to go after the login: a path of this server. */
  readonly target: string;
  /** What was wrong before, or null. */
  readonly said?: string | null;
  readonly status?: number;
}

export function loginPage({ target, said = null, status = 200 }: LoginPageOptions): Promise<Response> {
  return page(
    { title: "Log in", status },
    html`
      <p>This queue asks for its token.</p>
      ${said === null ? "" : html`
        <p role="alert">${said}</p>
      `}
      <form method="post" action="/login">
        <input type="hidden" name="to" value="${target}">
        <label for="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          autofocus
        >
        <button>Log in</button>
      </form>
      <p class="note">It is in the file that <code>queuectl serve --token-file</code> names.</p>
    `,
  );
}
