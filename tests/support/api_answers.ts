/** Holds answers of the API to the schemas of its routes. */

import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import type { Method } from "../../src/web/route.ts";
import { routes } from "../../src/web/routes.ts";
import { problem } from "../../src/web/schemas/problem.ts";
import type { Answer } from "./web_server.ts";

/** Checks an answer of a route; `path` is as the route has it: "/jobs/{id}". */
export function checkAnswer(method: Method, path: string, { status, headers, text }: Answer): void {
  const route = routes.find((each) => each.method === method && each.path === path);
  assert(route !== undefined, `there is no route ${method} ${path}`);
  if (status >= 400) return checkProblem({ status, headers, text });
  const answer = route.answers.find((each) => each.status === status);
  assert(answer !== undefined, `${method} ${path}: the status ${status} is not documented`);
  const type = headers.get("content-type") ?? "";
  assert(type in answer.content, `${method} ${path}: the type ${type} is not documented`);
  const schema = answer.content[type];
  if (schema == null) return;
  const result = schema.safeParse(JSON.parse(text));
  if (!result.success) throw new Error(`${method} ${path}: ${z.prettifyError(result.error)}\n${text}`);
}

export function checkProblem({ status, headers, text }: Answer): void {
  assertEquals(headers.get("content-type"), "application/problem+json", text);
  const told = problem.parse(JSON.parse(text));
  assertEquals(told.status, status);
  assert(!/\n\s+at |\.ts:\d+/.test(text), `a stack trace: ${text}`);
}
