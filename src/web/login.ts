/** Logging in with a browser: a page that asks for the token, and the cookie of a session. */

import type { Access } from "./access.ts";
import { RequestRefused } from "./problem_response.ts";
import { readBytes } from "./read_request.ts";

const longestForm = 4096;

/** The login page. It loads nothing, so that it needs no session for anything. */
export function loginPage(said: string | null, status = 200): Response {
  const note = said === null ? "" : `<p role="alert">${said}</p>`;
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>queuectl: log in</title>
</head>
<body>
<main>
<h1>queuectl</h1>
${note}
<form method="post" action="/login">
<p><label for="token">Token</label></p>
<p><input id="token" name="token" type="password" autocomplete="current-password" required autofocus></p>
<p><button>Log in</button></p>
</form>
<p>The token is in the file that <code>queuectl serve --token-file</code> names.</p>
</main>
</body>
</html>
`;
  return new Response(page, { status, headers: { "content-type": "text/html; charset=utf-8" } });
}

/** Takes the token that the page has asked for. */
export async function logIn(request: Request, access: Access, cookie: Cookie): Promise<Response> {
  const type = request.headers.get("content-type") ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) {
    throw new RequestRefused(415, "Cannot log in: this is not the form of the login page");
  }
  const form = new URLSearchParams(new TextDecoder().decode(await readBytes(request, longestForm)));
  const verdict = access.tryToken((form.get("token") ?? "").trim(), cookie.address);
  if (verdict === "too_many") throw tooManyTries();
  if (verdict === "no") return loginPage("That is not the token.", 401);
  return withSession(access.openSession(), request, cookie);
}

/** Takes a code that was given out for one login. */
export function logInByCode(code: string, request: Request, access: Access, cookie: Cookie): Response {
  const redeemed = access.redeem(code, cookie.address);
  if (redeemed === "too_many") throw tooManyTries();
  if (redeemed === "no") {
    return loginPage("This link was used already. Call queuectl ui again for another one.", 401);
  }
  return withSession(redeemed.secret, request, cookie);
}

export function tooManyTries(): RequestRefused {
  return new RequestRefused(429, "Cannot try another token: there were too many wrong ones", {
    hint: "Wait a minute",
    headers: { "retry-after": "60" },
  });
}

export interface Cookie {
  readonly name: string;
  /** Where the request came from. */
  readonly address: string;
}

function withSession(secret: string, request: Request, { name }: Cookie): Response {
  // Behind a proxy that speaks TLS, the form says so by its origin.
  const isSecure = (request.headers.get("origin") ?? "").startsWith("https:");
  return new Response(null, {
    status: 303,
    headers: {
      location: "/",
      "set-cookie": `${name}=${secret}; Path=/; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`,
    },
  });
}

/** What a cookie of that name holds, or null. */
export function readCookie(headers: Headers, name: string): string | null {
  for (const pair of (headers.get("cookie") ?? "").split(";")) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}

/** Ends a session, and takes its cookie away. */
export function logOut(request: Request, access: Access, { name }: Cookie): Response {
  const secret = readCookie(request.headers, name);
  if (secret !== null) access.closeSession(secret);
  return new Response(null, {
    status: 303,
    headers: { location: "/login", "set-cookie": `${name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0` },
  });
}
