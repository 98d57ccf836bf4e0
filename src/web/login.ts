/** Logging in with a browser, and the cookie of a session. */

import type { Access, Refusal } from "./access.ts";
import { loginPage, type LoginPageOptions } from "./pages/login_page.ts";
import { safeTarget } from "./pages/paths.ts";
import { RequestRefused } from "./problem_response.ts";
import { readBytes } from "./read_request.ts";

const longestForm = 4096;
/** In seconds. */
const retryAfter = "60";

/** Takes the token that the page has asked for. */
export async function logIn(request: Request, access: Access, cookie: Cookie): Promise<Response> {
  const type = request.headers.get("content-type") ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) {
    throw new RequestRefused(415, "Cannot log in: this is not the form of the login page");
  }
  const form = new URLSearchParams(new TextDecoder().decode(await readBytes(request, longestForm)));
  const verdict = access.tryToken((form.get("token") ?? "").trim(), cookie.address);
  const target = safeTarget(form.get("to"));
  const asksForToken = access.hasToken;
  if (verdict !== "yes") {
    const said = asksForToken ? "That is not the token." : null;
    return await refuse(verdict, { target, asksForToken, said });
  }
  return withSession(access.openSession(), request, { cookie, target });
}

/** Takes a code that was given out for one login. */
export async function logInByCode(
  code: string,
  request: Request,
  access: Access,
  cookie: Cookie,
): Promise<Response> {
  const redeemed = access.redeem(code, cookie.address);
  if (typeof redeemed === "string") {
    return await refuse(redeemed, {
      target: "/",
      asksForToken: access.hasToken,
      said: "This link was used already.",
    });
  }
  return withSession(redeemed.secret, request, { cookie, target: "/" });
}

/** The login page again. */
async function refuse(refusal: Refusal, options: LoginPageOptions): Promise<Response> {
  if (refusal === "no") return await loginPage({ ...options, status: 401 });
  const response = await loginPage({ ...options, said: "Too many tries; wait a minute.", status: 429 });
  response.headers.set("retry-after", retryAfter);
  return response;
}

export function tooManyTries(): RequestRefused {
  return new RequestRefused(429, "Cannot answer: the token is not the right one, as too many before it", {
    hint: "Wait a minute; the right one is let in even now",
    headers: { "retry-after": retryAfter },
  });
}

export interface Cookie {
  readonly name: string;
  /** Where the request came from. */
  readonly address: string;
}

interface Session {
  readonly cookie: Cookie;
  /** Where the browser goes then. */
  readonly target: string;
}

function withSession(secret: string, request: Request, { cookie: { name }, target }: Session): Response {
  // Behind a proxy that speaks TLS, the form says so by its origin.
  const isSecure = (request.headers.get("origin") ?? "").startsWith("https:");
  return new Response(null, {
    status: 303,
    headers: {
      location: target,
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
