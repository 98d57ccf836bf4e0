/** The page for who is not in: it asks for the token where there is one. It needs no session for anything that it loads. */

import { html } from "hono/html";
import { type Html, page } from "./layout.ts";

export interface LoginPageOptions {
  /** Where to go after the login: a path of this server. */
  readonly target: string;
  /** Whether the server has a token; otherwise its link alone lets in. */
  readonly asksForToken: boolean;
  /** What was wrong before, or null. */
  readonly said?: string | null;
  readonly status?: number;
}

export function loginPage(
  { target, asksForToken, said = null, status = 200 }: LoginPageOptions,
): Promise<Response> {
  const alert = said === null ? "" : html`
    <p role="alert">${said}</p>
  `;
  return page(
    { title: "Log in", status },
    html`
      ${alert} ${asksForToken ? tokenForm(target) : linkNote()}
    `,
  );
}

function tokenForm(target: string): Html {
  return html`
    <p>This queue asks for its token.</p>
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
  `;
}

function linkNote(): Html {
  return html`
    <p>The link that <code>queuectl ui</code> prints lets one browser in. Call it again for another link.</p>
  `;
}
