/** Unique keys in SQLite: freed, taken again, checked. Each function is part of one transaction. */

import { keyInUse } from "../../core/errors.ts";
import type { Job } from "../../core/job.ts";
import { number, text } from "../rows.ts";
import { keyFaultLines } from "../unique_plan.ts";
import type { Connection } from "./connection.ts";

/** Of jobs that are over; a key that is taken until an instant stays taken. */
export function freeKeys(connection: Connection, seqs: readonly number[]): void {
  for (const seq of seqs) {
    connection.sql("DELETE FROM unique_keys WHERE job_seq = ? AND expires_at IS NULL").run(seq);
  }
}

/** The same of those jobs, by their ids, that were over as soon as they were stored: they wait in vain. */
export function freeKeysInVain(connection: Connection, ids: readonly string[]): void {
  connection.sql(
    `DELETE FROM unique_keys WHERE expires_at IS NULL AND job_seq IN (
       SELECT seq FROM json_each(?) AS given CROSS JOIN jobs ON jobs.id = given.value WHERE state = 'cancelled'
     )`,
  ).run(JSON.stringify(ids));
}

/** Takes the key of a job that is to be tried again, until it is over; returns whether nobody else has it. */
export function takeKeyAgain(connection: Connection, job: Job, now: number): boolean {
  if (job.uniqueKey === null) return true;
  return connection.sql(
    `INSERT INTO unique_keys (key, job_seq, expires_at) VALUES (?1, ?2, NULL)
     ON CONFLICT (key) DO UPDATE SET job_seq = excluded.job_seq,
       expires_at = CASE WHEN unique_keys.expires_at > ?3 THEN unique_keys.expires_at END
     WHERE unique_keys.job_seq = excluded.job_seq OR unique_keys.expires_at <= ?3
     RETURNING job_seq`,
  ).get(job.uniqueKey, job.seq, now) !== undefined;
}

/** Throws where another job has the key of one that is to be tried again. */
export function refuseKeyless(connection: Connection, job: Job, now: number): void {
  if (takeKeyAgain(connection, job, now)) return;
  const row = connection.sql("SELECT id FROM unique_keys JOIN jobs ON seq = job_seq WHERE key = ?")
    .get(job.uniqueKey)!;
  throw keyInUse(job.id, job.uniqueKey!, text(row, "id"));
}

/** What is wrong with the keys, one line each. */
export function keyFaults(connection: Connection): string[] {
  const row = connection.sql(
    `SELECT count(*) FILTER (WHERE unique_key IS NOT key) AS strange,
            count(*) FILTER (WHERE unique_keys.expires_at IS NULL AND state IN ('completed', 'dead', 'cancelled')) AS kept
     FROM unique_keys JOIN jobs ON seq = job_seq`,
  ).get()!;
  return keyFaultLines({ strange: number(row, "strange"), kept: number(row, "kept") });
}
