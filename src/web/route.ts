/** A route of the API as data: the router, the OpenAPI document and the tests derive from it. */

import type { z } from "zod";
import type { ServedQueue } from "../operations/served_queue.ts";
import type { EventHub } from "./events/hub.ts";

export type Method = "get" | "post" | "patch" | "delete";

/** What a body may be, beside JSON of a schema. */
export interface Answer {
  readonly status: number;
  readonly description: string;
  /** Media type to schema; null where it is no JSON. */
  readonly content: Readonly<Record<string, z.ZodType | null>>;
}

/** A request that has been checked. */
export interface Call<Query, Body> {
  readonly queue: ServedQueue;
  readonly events: EventHub;
  /** Whether who asks had to show a token. */
  readonly hasLogin: boolean;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** What the body was, byte by byte. */
  readonly bytes: Uint8Array;
  readonly headers: Headers;
  /** Told when the client has gone. */
  readonly signal: AbortSignal;
}

export interface Route {
  readonly method: Method;
  /** Below /api/v1, with parameters as `{name}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Whether it changes something, and so is refused where nothing may be. */
  readonly changes: boolean;
  readonly query: z.ZodObject | null;
  /** Request headers that it heeds, with what they do. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: z.ZodType | null;
  /** Whether the body may be left out. */
  readonly bodyIsOptional?: boolean;
  readonly answers: readonly Answer[];
  /** Statuses of problems beside those that any route may answer. */
  readonly problems: readonly number[];
  handle(call: Call<unknown, unknown>): Promise<Response>;
}

type RouteOptions<Query extends z.ZodObject, Body extends z.ZodType> =
  & Omit<Route, "query" | "body" | "handle" | "changes" | "problems">
  & {
    readonly changes?: boolean;
    readonly problems?: readonly number[];
    readonly query?: Query;
    readonly body?: Body;
    readonly handle: (call: Call<z.infer<Query>, z.infer<Body>>) => Promise<Response>;
  };

/** A route whose handler knows the types of what its schemas let through. */
export function route<Query extends z.ZodObject, Body extends z.ZodType>(
  { changes = false, problems = [], query, body, handle, ...others }: RouteOptions<Query, Body>,
): Route {
  return {
    ...others,
    changes,
    problems,
    query: query ?? null,
    body: body ?? null,
    // The router calls it with what these very schemas have returned.
    handle: (call) => handle(call as Call<z.infer<Query>, z.infer<Body>>),
  };
}

/** An answer of JSON. */
export function jsonAnswer(schema: z.ZodType, description: string, status = 200): Answer {
  return { status, description, content: { "application/json": schema } };
}

/** A JSON response; the value is what the route's schema says, which tests hold it to. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...headers, "content-type": "application/json" },
  });
}
