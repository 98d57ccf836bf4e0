/** Answers to requests that may come twice, since whoever sent one did not hear what became of it. */

import { KeyReused } from "../core/errors.ts";
import { type SqlRow, text } from "./rows.ts";
import type { Accepted, OnceRequest } from "./store.ts";

/** For how long an answer is kept, in milliseconds. */
export const answersKeptMs = 48 * 3_600_000;
/** How many of those that are older go with one that comes. */
export const answersPerSweep = 100;

/** What was answered to a request under its key. Throws `KeyReused` where that was another request. */
export function earlierAnswer(row: SqlRow, { key, request }: OnceRequest): Accepted[] {
  if (text(row, "request") !== request) throw new KeyReused(key);
  return JSON.parse(text(row, "accepted"));
}
