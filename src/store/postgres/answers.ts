/** Answers to requests that may come twice, in PostgreSQL. */

import { answersKeptMs, answersPerSweep, earlierAnswer } from "../answers.ts";
import type { Accepted, OnceRequest } from "../store.ts";
import type { Queries } from "./connection.ts";

/** Has a request carried out, unless it was already: then its answer was kept. Within a write. */
export async function answerOnce(
  queries: Queries,
  once: OnceRequest,
  accept: () => Promise<Accepted[]>,
): Promise<Accepted[]> {
  await queries.run(
    `DELETE FROM @answers WHERE key IN
       (SELECT key FROM @answers WHERE created_at < (SELECT @now) - ${answersKeptMs} ORDER BY created_at
        LIMIT ${answersPerSweep} FOR UPDATE SKIP LOCKED)`,
  );
  // Who sends the same at the same time waits here until the first of them has its answer.
  const own = await queries.first(
    `INSERT INTO @answers AS stored (key, request, accepted, created_at) VALUES ($1, $2, '', @now)
     ON CONFLICT (key) DO UPDATE SET request = excluded.request, accepted = '', created_at = excluded.created_at
       WHERE stored.created_at < excluded.created_at - ${answersKeptMs} RETURNING key`,
    once.key,
    once.request,
  );
  if (own === undefined) {
    const row = await queries.first("SELECT * FROM @answers WHERE key = $1", once.key);
    return earlierAnswer(row!, once);
  }
  const accepted = await accept();
  await queries.run("UPDATE @answers SET accepted = $1 WHERE key = $2", JSON.stringify(accepted), once.key);
  return accepted;
}
