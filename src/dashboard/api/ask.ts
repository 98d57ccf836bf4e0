/** Asks the API. Everything that is no answer is thrown as an `ApiError` with a sentence to show; no session leads to the login page. */

import { ApiError } from "./api_error.ts";
import { goToLogin } from "./go_to_login.ts";
import { queryText, type QueryValues } from "./query_text.ts";
import { readProblem } from "./read_problem.ts";

export interface AskOptions {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly query?: QueryValues;
  /** Sent as JSON; makes it a POST where no method is given. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Sent again with the same key, a creation happens once. */
  readonly idempotencyKey?: string;
}

/** Asks for `path` below /api/v1. The type is what the schema of that route says. */
export async function ask<Answer>(path: string, options: AskOptions = {}): Promise<Answer> {
  const response = await send(path, options);
  if (response.ok) {
    const answer: Answer = await response.json();
    return answer;
  }
  if (response.status === 401) goToLogin();
  throw await readProblem(response);
}

async function send(
  path: string,
  { method, query = {}, body, signal, idempotencyKey }: AskOptions,
): Promise<Response> {
  const request: RequestInit = {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  };
  try {
    return await fetch(`/api/v1${path}${queryText(query)}`, request);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "The server does not answer", "It may have been stopped, or the network is away");
  }
}
