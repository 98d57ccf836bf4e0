/** Answers to requests that may come twice, in SQLite. */

import { answersKeptMs, answersPerSweep, earlierAnswer } from "../answers.ts";
import type { Accepted, OnceRequest } from "../store.ts";
import type { Connection } from "./connection.ts";

/** Has a request carried out, unless it was already: then its answer was kept. Within a write. */
export function answerOnce(
  connection: Connection,
  once: OnceRequest,
  { now, accept }: { readonly now: number; readonly accept: () => Accepted[] },
): Accepted[] {
  const oldest = now - answersKeptMs;
  connection.sql(
    `DELETE FROM answers WHERE key IN
       (SELECT key FROM answers WHERE created_at < ? ORDER BY created_at LIMIT ${answersPerSweep})`,
  ).run(oldest);
  const row = connection.sql("SELECT * FROM answers WHERE key = ? AND created_at >= ?").get(once.key, oldest);
  if (row !== undefined) return earlierAnswer(row, once);
  const accepted = accept();
  connection.sql("INSERT OR REPLACE INTO answers (key, request, accepted, created_at) VALUES (?, ?, ?, ?)")
    .run(once.key, once.request, JSON.stringify(accepted), now);
  return accepted;
}
