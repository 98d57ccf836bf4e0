/** Jobs that expire, in SQLite. */

import { expiredReason } from "../../core/expiry.ts";
import { number, text, textOrNull } from "../rows.ts";
import { Tally } from "../tally.ts";
import type { Connection } from "./connection.ts";
import { writeTally } from "./counters.ts";

/** How many jobs one write cancels at most, so that none takes long. */
const expiryBatch = 500;

/** As the index has them. */
const expiring =
  "jobs INDEXED BY jobs_expiring WHERE state = 'pending' AND run_count = 0 AND expires_at IS NOT NULL";

export function nextExpiry(connection: Connection): number | null {
  return connection.sql(`SELECT min(expires_at) AS next FROM ${expiring}`).get()!.next as number | null;
}

/** Cancels a batch of jobs that have expired; returns how many. Within a write. */
export function expireJobs(connection: Connection, now: number): number {
  const rows = connection.sql(
    `UPDATE jobs SET state = 'cancelled', reason = ?, updated_at = ?, finished_at = ?
     WHERE seq IN (SELECT seq FROM ${expiring} AND expires_at <= ? ORDER BY expires_at LIMIT ${expiryBatch})
     RETURNING seq, queue, limit_key, unique_key`,
  ).all(expiredReason, now, now, now);
  const tally = new Tally();
  for (const row of rows) {
    const job = {
      seq: number(row, "seq"),
      queue: text(row, "queue"),
      key: textOrNull(row, "limit_key"),
      uniqueKey: textOrNull(row, "unique_key"),
      attempts: 0,
    };
    tally.move({ ...job, state: "pending" }, { ...job, state: "cancelled" });
  }
  writeTally(connection, tally);
  return rows.length;
}
