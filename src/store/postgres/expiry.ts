/** Jobs that expire, in PostgreSQL. */

import { expiredReason } from "../../core/expiry.ts";
import type { JobState } from "../../core/job.ts";
import { number, text, textOrNull } from "../rows.ts";
import { Tally } from "../tally.ts";
import type { Queries } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { noteEnds } from "./passing.ts";
import { tell } from "./waits.ts";
import { noteWebhooks } from "./webhook_events.ts";

/** How many jobs one write cancels at most, so that none takes long. */
const expiryBatch = 500;

/** Cancels a batch of jobs that have expired; returns how many. What another one is at is passed over. */
export async function expireJobs(queries: Queries): Promise<number> {
  // The time from a query of its own: one that changes from row to row would not be looked up in the index.
  const rows = await queries.all(
    `WITH found AS MATERIALIZED (
       SELECT seq, state FROM @jobs
       WHERE state IN ('pending', 'blocked') AND run_count = 0 AND expires_at IS NOT NULL AND expires_at <= (SELECT @now)
       ORDER BY expires_at LIMIT ${expiryBatch} FOR UPDATE SKIP LOCKED
     )
     UPDATE @jobs AS jobs SET state = 'cancelled', reason = $1, updated_at = at.now, finished_at = at.now
     FROM found, (SELECT @now AS now) AS at WHERE jobs.seq = found.seq
     RETURNING jobs.seq, queue, limit_key, unique_key, found.state AS was`,
    expiredReason,
  );
  if (rows.length === 0) return 0;
  const seqs = rows.map((row) => number(row, "seq"));
  await noteWebhooks(queries, seqs);
  await noteEnds(queries, seqs);
  await tell(queries, seqs);
  const tally = new Tally();
  for (const row of rows) {
    const job = {
      seq: number(row, "seq"),
      queue: text(row, "queue"),
      key: textOrNull(row, "limit_key"),
      uniqueKey: textOrNull(row, "unique_key"),
      attempts: 0,
    };
    tally.move({ ...job, state: text(row, "was") as JobState }, { ...job, state: "cancelled" });
  }
  await writeTally(queries, tally);
  return rows.length;
}
