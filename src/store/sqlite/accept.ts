/** Accepts jobs in SQLite. Part of one write, so that nobody else takes a unique key meanwhile. */

import type { NewJob } from "../../core/job.ts";
import { replacedReason } from "../../core/transitions.ts";
import { jobOf, numberOrNull, text } from "../rows.ts";
import type { Accepted } from "../store.ts";
import { aboutBatch, type Holder, planUnique, type UniquePlan } from "../unique_plan.ts";
import { cancelJobs } from "./changes.ts";
import type { Connection } from "./connection.ts";
import { editJob } from "./edit.ts";
import { type Insertion, insertJobs } from "./insert_jobs.ts";
import { jobById } from "./jobs.ts";
import { freeKeysInVain } from "./unique_keys.ts";

/** Stores a batch in which jobs name unique keys, whose holders others may be. */
export function acceptJobs(
  connection: Connection,
  jobs: readonly NewJob[],
  insertion: Insertion,
): Accepted[] {
  const { now } = insertion;
  const keys = new Set(jobs.flatMap(({ unique }) => unique?.key ?? []));
  const plan = planUnique(jobs, holdersOf(connection, [...keys]), now);
  const stored = insertFresh(connection, plan, insertion);
  for (const { job, by } of plan.replaced) {
    cancelJobs(connection, [job], now, replacedReason(by));
    // Also one that is taken for a time.
    connection.sql("DELETE FROM unique_keys WHERE job_seq = ?").run(job.seq);
  }
  takeKeys(connection, plan, now);
  freeKeysInVain(connection, plan.fresh.filter(({ after }) => after.length > 0).map(({ id }) => id));
  for (const { place, by } of plan.replacedFresh) {
    cancelJobs(connection, [jobById(connection, plan.fresh[place]!.id)!], now, replacedReason(by));
  }
  putOff(connection, plan, now);
  return plan.answers(stored);
}

function holdersOf(connection: Connection, keys: readonly string[]): Map<string, Holder> {
  const rows = connection.sql(
    `SELECT jobs.*, unique_keys.expires_at AS until FROM unique_keys JOIN jobs ON seq = job_seq
     WHERE key IN (SELECT value FROM json_each(?))`,
  ).all(JSON.stringify(keys));
  return new Map(
    rows.map((row) => [text(row, "unique_key"), { job: jobOf(row), until: numberOrNull(row, "until") }]),
  );
}

function insertFresh(connection: Connection, plan: UniquePlan, insertion: Insertion): Accepted[] {
  try {
    return insertJobs(connection, plan.fresh, insertion);
  } catch (error) {
    throw aboutBatch(error, plan);
  }
}

/** The unique index decides; what has expired is taken over by the same statement. */
function takeKeys(connection: Connection, { fresh, taken }: UniquePlan, now: number): void {
  for (const { key, place, until } of taken) {
    const row = connection.sql(
      `INSERT INTO unique_keys (key, job_seq, expires_at) SELECT ?1, seq, ?2 FROM jobs WHERE id = ?3
       ON CONFLICT (key) DO UPDATE SET job_seq = excluded.job_seq, expires_at = excluded.expires_at
       WHERE unique_keys.expires_at <= ?4
       RETURNING job_seq`,
    ).get(key, until, fresh[place]!.id, now);
    if (row === undefined) throw new Error(`the unique key ${key} was taken within a transaction`);
  }
}

function putOff(connection: Connection, plan: UniquePlan, now: number): void {
  for (const { job, runAt, expiresAt, until } of plan.putOff) {
    editJob(connection, { id: job.id, changes: { due: { at: runAt } } }, now);
    connection.sql("UPDATE jobs SET expires_at = ? WHERE seq = ?").run(expiresAt, job.seq);
    connection.sql("UPDATE unique_keys SET expires_at = ? WHERE job_seq = ?").run(until, job.seq);
  }
}
