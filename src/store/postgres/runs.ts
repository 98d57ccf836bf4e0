/**
 * Runs in PostgreSQL: intents and taking over; claims and settlements are in `turn.ts` and `claims.ts`. Each function is
 * part of one read or write.
 */

import type { Job, JobState } from "../../core/job.ts";
import type { Intent, Run, RunRef } from "../../core/run.ts";
import { jobOf, number, requestOf, runOf, type SqlRow, text, textOrNull } from "../rows.ts";
import type { HeldRun, RunRequest, SettleResult } from "../store.ts";
import type { Queries } from "./connection.ts";
import { countLostLease } from "./statistics.ts";
import { holderOf, isRegistered } from "./workers.ts";

// Locks are taken in one order: workers, jobs and what belongs to them, counters. Otherwise two could wait for each other.

/** The processing job that a run's token still holds, with the store's time as `now`, locked; or undefined. */
export async function heldBy(queries: Queries, run: RunRef): Promise<SqlRow | undefined> {
  return await queries.first(
    `SELECT *, @now AS now FROM @jobs
     WHERE seq = $1 AND token = $2 AND run_count = $3 AND state = 'processing' FOR UPDATE`,
    run.jobSeq,
    run.token,
    run.number,
  );
}

export async function writeIntent(queries: Queries, run: RunRef, intent: Intent): Promise<boolean> {
  if (await heldBy(queries, run) === undefined) return false;
  await queries.run(
    "UPDATE @runs SET intent = $1 WHERE job_seq = $2 AND number = $3",
    intent,
    run.jobSeq,
    run.number,
  );
  return true;
}

/**
 * What a settlement did whose answer was lost: only who holds the token can have settled the run under it. What was
 * claimed with it is found by its worker's recovery.
 */
export async function earlierSettlement(queries: Queries, run: RunRef): Promise<SettleResult> {
  const row = await queries.first(
    `SELECT jobs.state, jobs.run_at FROM @runs AS runs JOIN @jobs AS jobs ON jobs.seq = runs.job_seq
     WHERE job_seq = $1 AND number = $2 AND runs.token = $3 AND outcome IS NOT NULL`,
    run.jobSeq,
    run.number,
    run.token,
  );
  if (row === undefined) return null;
  return { state: text(row, "state") as JobState, runAt: number(row, "run_at"), claimed: [], hasEnds: true };
}

/** What of a job tells where it goes when its run is settled; null where the token is stale. */
export async function progressOf(queries: Queries, run: RunRef): Promise<Job | null> {
  const row = await queries.first(
    "SELECT * FROM @jobs WHERE seq = $1 AND token = $2 AND run_count = $3 AND state = 'processing'",
    run.jobSeq,
    run.token,
    run.number,
  );
  return row === undefined ? null : jobOf(row);
}

export async function runsOf(queries: Queries, jobSeq: number): Promise<Run[]> {
  return (await queries.all("SELECT * FROM @runs WHERE job_seq = $1 ORDER BY number", jobSeq)).map(runOf);
}

export async function listRequests(queries: Queries, workerId: string): Promise<RunRequest[]> {
  const rows = await queries.all(
    `SELECT seq, run_count, jobs.token, cancel_requested, asked_signals, coalesce(watched_until > @now, false)::int AS watched
     FROM @jobs AS jobs JOIN @runs AS runs ON job_seq = seq AND number = run_count
     WHERE state = 'processing' AND jobs.worker_id = $1 AND (cancel_requested = 1 OR asked_signals IS NOT NULL OR watched_until > @now)`,
    workerId,
  );
  return rows.map(requestOf);
}

/** Within a snapshot, as the next. */
export async function listOrphans(queries: Queries, workerId: string): Promise<HeldRun[]> {
  const own = await holderOf(queries, workerId);
  const rows = await queries.all(
    `SELECT * FROM @jobs WHERE state = 'processing' AND (worker_id = $1 OR worker_id NOT IN (SELECT id FROM @workers))
     ORDER BY seq`,
    workerId,
  );
  const found: HeldRun[] = [];
  for (const row of rows) {
    const held = await heldRunOf(queries, row);
    if (held !== null) found.push({ ...held, holder: row.worker_id === workerId ? own : null });
  }
  return found;
}

export async function findHeldRun(queries: Queries, jobSeq: number): Promise<HeldRun | null> {
  const row = await queries.first("SELECT * FROM @jobs WHERE seq = $1", jobSeq);
  if (row === undefined) return null;
  const held = await heldRunOf(queries, row);
  return held === null ? null : { ...held, holder: await holderOf(queries, textOrNull(row, "worker_id")) };
}

async function heldRunOf(queries: Queries, row: SqlRow): Promise<Omit<HeldRun, "holder"> | null> {
  const job = jobOf(row);
  const run = await queries.first(
    "SELECT * FROM @runs WHERE job_seq = $1 AND number = $2",
    job.seq,
    job.runCount,
  );
  if (run === undefined) return null;
  return { job, run: { ...runOf(run), token: number(row, "token") } };
}

export async function takeOverRun(queries: Queries, run: RunRef, workerId: string): Promise<RunRef | null> {
  if (!await isRegistered(queries, workerId)) return null;
  const row = await heldBy(queries, run);
  if (row === undefined) return null;
  const holder = text(row, "worker_id");
  if (holder !== workerId && await isRegistered(queries, holder)) return null;
  const token = run.token + 1;
  await queries.run(
    "UPDATE @jobs SET token = $1, worker_id = $2, updated_at = @now WHERE seq = $3",
    token,
    workerId,
    run.jobSeq,
  );
  await queries.run(
    "UPDATE @runs SET token = $1, adopted_by = $2, detached_ms = NULL WHERE job_seq = $3 AND number = $4",
    token,
    workerId,
    run.jobSeq,
    run.number,
  );
  if (holder !== workerId) await countLostLease(queries);
  return { ...run, token };
}
