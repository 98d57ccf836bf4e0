/** The server without its socket: answers requests. Every refusal is a problem+json, and none shows a stack. */

import { type Context, Hono } from "hono";
import type { ServedQueue } from "../operations/served_queue.ts";
import type { Access } from "./access.ts";
import type { Asset } from "./assets.ts";
import { assetResponse } from "./assets.ts";
import type { EventHub } from "./events/hub.ts";
import { type Addresses, checkHost, checkOrigin } from "./guard.ts";
import { type Cookie, logIn, logInByCode, logOut, readCookie, tooManyTries } from "./login.ts";
import { openApiDocument } from "./openapi.ts";
import { loginPage } from "./pages/login_page.ts";
import { isDashboardPath, safeTarget } from "./pages/paths.ts";
import { problemPage } from "./pages/problem.ts";
import { style } from "./pages/style.ts";
import { problemResponse, RequestRefused } from "./problem_response.ts";
import { readBody, readQuery } from "./read_request.ts";
import type { Route } from "./route.ts";
import { routes } from "./routes.ts";
import { answerScrape } from "./routes/statistics.ts";
import { addSecurityHeaders } from "./security_headers.ts";

export interface AppOptions {
  readonly queue: ServedQueue;
  readonly events: EventHub;
  readonly access: Access;
  readonly addresses: Addresses;
  /** Tells the cookies of several servers on one host apart: cookies know no ports. */
  readonly cookieName: string;
  /** The files of the dashboard by their paths, such as "/assets/app.js". */
  readonly assets: ReadonlyMap<string, Asset>;
  /** Told of what nobody expected. */
  readonly report: (error: unknown) => void;
}

interface Environment {
  readonly Bindings: { readonly address: string };
}

type AppContext = Context<Environment>;
export type App = (request: Request, address: string) => Promise<Response>;

export function createApp(options: AppOptions): App {
  const { queue, access, addresses, cookieName, assets, report } = options;
  const app = new Hono<Environment>({ strict: true });
  const cookieOf = (context: AppContext): Cookie => ({ name: cookieName, address: context.env.address });

  app.use("*", async (context, next) => {
    checkHost(context.req.raw.headers, addresses);
    checkOrigin(context.req.raw);
    await next();
  });
  app.get("/login", (context) => {
    const { raw } = context.req;
    const target = safeTarget(context.req.query("to") ?? null);
    if (access.isOpen || hasSession(raw.headers, access, cookieName)) return context.redirect(target, 303);
    const code = context.req.query("code");
    // HEAD comes here too, and changes nothing.
    if (code === undefined || raw.method !== "GET") {
      return loginPage({ target, asksForToken: access.hasToken });
    }
    return logInByCode(code, raw, access, cookieOf(context));
  });
  app.get(
    "/style.css",
    () => new Response(style, { headers: { "content-type": "text/css; charset=utf-8" } }),
  );
  app.post("/login", (context) => logIn(context.req.raw, access, cookieOf(context)));
  app.post("/logout", (context) => logOut(context.req.raw, access, cookieOf(context)));

  app.use("*", async (context, next) => {
    const isKnown = checkAccess(context.req.raw.headers, access, cookieOf(context));
    if (!isKnown) {
      if (wantsPage(context.req.raw)) return context.redirect(loginPath(context.req.raw), 303);
      throw new RequestRefused(401, "Cannot answer: the token is missing, or it is not the right one", {
        hint: "Send it: Authorization: Bearer TOKEN",
        headers: { "www-authenticate": 'Bearer realm="queuectl"' },
      });
    }
    await next();
  });
  app.get("/api/openapi.json", () => Response.json(openApiDocument(routes, queue.version)));
  app.get("/metrics", (context) => answerScrape(queue, context.req.raw.headers));
  for (const route of routes) {
    app.on(route.method.toUpperCase(), pathOf(route), (context) => answer(route, context, options));
  }
  for (const path of new Set(routes.map(pathOf))) app.all(path, () => refuseMethod(path));
  app.get("*", ({ req }) => {
    const asset = assets.get(isDashboardPath(req.path) ? "/index.html" : req.path);
    if (asset !== undefined) return assetResponse(asset);
    throw isDashboardPath(req.path) ? dashboardMissing() : nothingHere();
  });
  app.notFound(() => {
    throw nothingHere();
  });
  app.onError(async (error, { req }) => {
    const problem = problemResponse(error, report);
    return wantsPage(req.raw) ? await problemPage(problem) : problem;
  });

  return async (request, address) => {
    const response = await app.fetch(request, { address });
    addSecurityHeaders(response);
    return response;
  };
}

/** Hono's way of writing a path of ours. */
function pathOf({ path }: Route): string {
  return `/api/v1${path.replaceAll(/\{(\w+)\}/g, ":$1")}`;
}

function refuseMethod(path: string): never {
  const allowed = routes.filter((route) => pathOf(route) === path).map(({ method }) => method.toUpperCase());
  throw new RequestRefused(405, `Cannot do this here: the methods are ${allowed.join(", ")}`, {
    headers: { allow: allowed.join(", ") },
  });
}

function checkAccess(headers: Headers, access: Access, { name, address }: Cookie): boolean {
  if (access.isOpen) return true;
  if (hasSession(headers, access, name)) return true;
  const shown = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (shown === undefined) return false;
  const verdict = access.tryToken(shown, address);
  if (verdict === "too_many") throw tooManyTries();
  return verdict === "yes";
}

function hasSession(headers: Headers, access: Access, cookieName: string): boolean {
  const secret = readCookie(headers, cookieName);
  return secret !== null && access.hasSession(secret);
}

/** The login page, which leads back to the page that was asked for. */
function loginPath({ url }: Request): string {
  const { pathname, search } = new URL(url);
  const target = safeTarget(pathname + search);
  return target === "/" ? "/login" : `/login?to=${encodeURIComponent(target)}`;
}

function nothingHere(): RequestRefused {
  return new RequestRefused(404, "There is nothing at this path", {
    hint: "What there is: /api/openapi.json",
  });
}

function dashboardMissing(): RequestRefused {
  return new RequestRefused(404, "Cannot show the dashboard: it has not been built", {
    hint: "Build it with deno task build:dashboard, and start the server again",
  });
}

function wantsPage({ method, headers }: Request): boolean {
  return method === "GET" && (headers.get("accept") ?? "").includes("text/html");
}

async function answer(
  route: Route,
  context: AppContext,
  { queue, events, access }: AppOptions,
): Promise<Response> {
  const { raw } = context.req;
  if (route.changes && queue.isReadOnly) {
    throw new RequestRefused(403, "Cannot change anything: this server only shows", {
      hint: "It was started with --read-only",
    });
  }
  const query = readQuery(route.query, new URL(raw.url).searchParams);
  const { value: body, bytes } = route.body === null
    ? { value: undefined, bytes: new Uint8Array() }
    : await readBody(raw, {
      schema: route.body,
      isOptional: route.bodyIsOptional ?? false,
      maxBytes: queue.settings().request_limit,
    });
  const params = context.req.param() as Record<string, string>;
  return await route.handle({
    queue,
    events,
    hasLogin: !access.isOpen,
    params,
    query,
    body,
    bytes,
    headers: raw.headers,
    signal: raw.signal,
  });
}
