/** Accepts jobs in PostgreSQL. Part of one write. */

import type { NewJob } from "../../core/job.ts";
import { replacedReason } from "../../core/transitions.ts";
import { jobOf, number, numberOrNull, text } from "../rows.ts";
import type { Accepted } from "../store.ts";
import { aboutBatch, type Holder, planUnique, type UniquePlan } from "../unique_plan.ts";
import { cancelJobs } from "./changes.ts";
import type { Queries } from "./connection.ts";
import { editJob } from "./edit.ts";
import { insertJobs, jobsById } from "./jobs.ts";
import { freeKeysInVain, lockKeys } from "./unique_keys.ts";

/** Stores a batch, of whose unique keys others may be the holders; `refuse` is for `insertJobs`. */
export async function acceptJobs(
  queries: Queries,
  jobs: readonly NewJob[],
  refuse: () => Promise<void>,
): Promise<Accepted[]> {
  const keys = [...new Set(jobs.flatMap(({ unique }) => unique?.key ?? []))];
  if (keys.length === 0) return await insertJobs(queries, jobs, refuse);
  await lockKeys(queries, keys);
  await lockWaiting(queries, jobs);
  const now = number((await queries.first("SELECT @now AS now"))!, "now");
  const plan = planUnique(jobs, await holdersOf(queries, keys), now);
  const stored = await insertFresh(queries, plan, refuse);
  for (const { job, by } of plan.replaced) await cancelJobs(queries, [job], replacedReason(by));
  // Also those that are taken for a time.
  const giveWay = plan.replaced.map(({ job }) => job.seq);
  if (giveWay.length > 0) {
    await queries.run("DELETE FROM @unique_keys WHERE job_seq = ANY ($1::bigint[])", giveWay);
  }
  await takeKeys(queries, plan, now);
  const waiting = plan.fresh.filter(({ after }) => after.length > 0);
  if (waiting.length > 0) await freeKeysInVain(queries, waiting.map(({ id }) => id));
  for (const { place, by } of plan.replacedFresh) {
    const [job] = await jobsById(queries, [plan.fresh[place]!.id]);
    await cancelJobs(queries, [job!], replacedReason(by));
  }
  await putOff(queries, plan);
  return plan.answers(stored);
}

/** Those that may be replaced or put off, so that no claim takes one meanwhile. Jobs are locked before their keys' rows. */
async function lockWaiting(queries: Queries, jobs: readonly NewJob[]): Promise<void> {
  const keys = jobs.flatMap(({ unique }) =>
    unique?.onConflict === "replace" || unique?.onConflict === "debounce" ? [unique.key] : []
  );
  if (keys.length === 0) return;
  await queries.all(
    `SELECT FROM @jobs WHERE state IN ('pending', 'blocked')
       AND seq = ANY (ARRAY(SELECT job_seq FROM @unique_keys WHERE key = ANY ($1::text[])))
     ORDER BY seq FOR UPDATE`,
    keys,
  );
}

async function holdersOf(queries: Queries, keys: readonly string[]): Promise<Map<string, Holder>> {
  const rows = await queries.all(
    `SELECT jobs.*, keys.expires_at AS until FROM @unique_keys AS keys JOIN @jobs AS jobs ON seq = job_seq
     WHERE key = ANY ($1::text[])`,
    keys,
  );
  return new Map(
    rows.map((row) => [text(row, "unique_key"), { job: jobOf(row), until: numberOrNull(row, "until") }]),
  );
}

async function insertFresh(
  queries: Queries,
  plan: UniquePlan,
  refuse: () => Promise<void>,
): Promise<Accepted[]> {
  try {
    return await insertJobs(queries, plan.fresh, refuse);
  } catch (error) {
    throw aboutBatch(error, plan);
  }
}

/** The unique index decides; what has expired is taken over by the same statement. */
async function takeKeys(
  queries: Queries,
  { fresh, taken }: UniquePlan,
  now: number,
): Promise<void> {
  if (taken.length === 0) return;
  const count = await queries.run(
    `INSERT INTO @unique_keys AS held (key, job_seq, expires_at)
     SELECT given.key, seq, given.until
     FROM unnest($1::text[], $2::text[], $3::bigint[]) AS given (key, id, until) JOIN @jobs AS jobs ON jobs.id = given.id
     ORDER BY given.key COLLATE "C"
     ON CONFLICT (key) DO UPDATE SET job_seq = excluded.job_seq, expires_at = excluded.expires_at
     WHERE held.expires_at <= $4`,
    taken.map(({ key }) => key),
    taken.map(({ place }) => fresh[place]!.id),
    taken.map(({ until }) => until),
    now,
  );
  if (count < taken.length) throw new Error("a unique key was taken though it was locked");
}

async function putOff(queries: Queries, plan: UniquePlan): Promise<void> {
  for (const { job, runAt, expiresAt, until } of plan.putOff) {
    await editJob(queries, job.id, { due: { at: runAt } });
    await queries.run("UPDATE @jobs SET expires_at = $1 WHERE seq = $2", expiresAt, job.seq);
    await queries.run("UPDATE @unique_keys SET expires_at = $1 WHERE job_seq = $2", until, job.seq);
  }
}
