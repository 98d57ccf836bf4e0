/** Runs in SQLite: settling, intents and taking over; claims are in `claims.ts`. Each function is the body of one write. */

import { isFinal, type Job, type JobState } from "../../core/job.ts";
import type { Intent, Run, RunEnding, RunRef } from "../../core/run.ts";
import type { HeldRun, RunRequest, SettleRequest, SettleResult, WorkerRow } from "../store.ts";
import type { Connection } from "./connection.ts";
import { endingValues } from "../endings.ts";
import { gateOf } from "../queue_limits.ts";
import { claimJobs } from "./claims.ts";
import { noteDeath } from "./deaths.ts";
import { noteEnds, passOn } from "./ends.ts";
import { queueLimits } from "./gates.ts";
import { settledJob } from "./settlement.ts";
import type { Programs } from "../statistics.ts";
import { countRun } from "./statistics.ts";
import { Tally } from "../tally.ts";
import { writeTally } from "./counters.ts";
import { jobOf, number, requestOf, runOf, type SqlRow, text } from "../rows.ts";
import { writeTail } from "./outputs.ts";
import { noteWebhook } from "./webhook_events.ts";
import { listWorkers } from "./workers.ts";

/** The processing job that a run's token still holds, or undefined. */
export function heldBy(connection: Connection, run: RunRef): SqlRow | undefined {
  return connection.sql(
    "SELECT * FROM jobs WHERE seq = ? AND token = ? AND run_count = ? AND state = 'processing'",
  ).get(run.jobSeq, run.token, run.number);
}

export function writeIntent(connection: Connection, run: RunRef, intent: Intent): boolean {
  if (heldBy(connection, run) === undefined) return false;
  connection.sql("UPDATE runs SET intent = ? WHERE job_seq = ? AND number = ?").run(
    intent,
    run.jobSeq,
    run.number,
  );
  return true;
}

export function settleRun(
  connection: Connection,
  request: SettleRequest,
  { now, programs }: { readonly now: number; readonly programs: Programs },
): SettleResult {
  const row = heldBy(connection, request.run);
  if (row === undefined) return null;
  writeEnding(connection, request.run, request.ending, now);
  const job = jobOf(row);
  const moved = moveOn(connection, job, { request, now });
  countRun(connection, job, { outcome: request.ending.outcome, state: moved.state, now, programs });
  const next = request.next === null ? null : claimJobs(connection, request.next, now).claimed;
  return { ...moved, claimed: next ?? [] };
}

function moveOn(
  connection: Connection,
  job: Job,
  by: { readonly request: SettleRequest; readonly now: number },
): { state: JobState; runAt: number; hasEnds: boolean } {
  const limits = queueLimits(connection);
  const settled = settledJob(job, by.request, {
    now: by.now,
    gateOf: (isDue) => gateOf(limits, job, isDue),
  });
  connection.sql(
    `UPDATE jobs SET state = ?, reason = ?, gate = ?, sort_at = ?, attempts = ?, crash_count = ?, run_at = ?,
            updated_at = ?, finished_at = ?, exit_code = ?, last_error = ?, snooze_count = ?, worker_id = NULL
     WHERE seq = ?`,
  ).run(...settled.values);
  const tally = new Tally();
  tally.move(job, { ...job, state: settled.state, attempts: settled.attempts });
  writeTally(connection, tally);
  // Before it claims, so that what has waited for this job may be next.
  const isAwaited = isFinal(settled.state) && noteEnds(connection, [job.seq]);
  const hasMore = isAwaited && passOn(connection, by.now).hasMore;
  const hasDied = settled.state === "dead" && noteDeath(connection, job);
  const isTold = isFinal(settled.state) && noteWebhook(connection, job);
  return { state: settled.state, runAt: settled.runAt, hasEnds: hasMore || hasDied || isTold };
}

function writeEnding(connection: Connection, run: RunRef, ending: RunEnding, now: number): void {
  connection.sql(
    `UPDATE runs SET finished_at = ?, outcome = ?, exit_code = ?, signal = ?, error = ?, pid = ?, start_identity = ?,
            stdout_bytes = ?, stderr_bytes = ?
     WHERE job_seq = ? AND number = ?`,
  ).run(now, ...endingValues(ending), run.jobSeq, run.number);
  writeTail(connection, run, "out", ending.stdout);
  writeTail(connection, run, "err", ending.stderr);
}

export function runsOf(connection: Connection, jobSeq: number): Run[] {
  return connection.sql("SELECT * FROM runs WHERE job_seq = ? ORDER BY number").all(jobSeq).map(runOf);
}

export function listRequests(connection: Connection, workerId: string, now: number): RunRequest[] {
  return connection.sql(
    `SELECT seq, run_count, jobs.token, cancel_requested, asked_signals, coalesce(watched_until > ?, 0) AS watched
     FROM jobs JOIN runs ON job_seq = seq AND number = run_count
     WHERE state = 'processing' AND jobs.worker_id = ? AND (cancel_requested = 1 OR asked_signals IS NOT NULL OR watched_until > ?)`,
  ).all(now, workerId, now).map(requestOf);
}

export function listOrphans(connection: Connection, workerId: string): HeldRun[] {
  const own = listWorkers(connection).find((worker) => worker.id === workerId) ?? null;
  return connection.sql(
    `SELECT * FROM jobs WHERE state = 'processing' AND (worker_id = ? OR worker_id NOT IN (SELECT id FROM workers))
     ORDER BY seq`,
  ).all(workerId).flatMap((row) => heldRunOf(connection, row, row.worker_id === workerId ? own : null) ?? []);
}

export function findHeldRun(connection: Connection, jobSeq: number): HeldRun | null {
  const row = connection.sql("SELECT * FROM jobs WHERE seq = ?").get(jobSeq);
  if (row === undefined) return null;
  const holder = listWorkers(connection).find((worker) => worker.id === row.worker_id) ?? null;
  return heldRunOf(connection, row, holder);
}

function heldRunOf(connection: Connection, row: SqlRow, holder: WorkerRow | null): HeldRun | null {
  const job = jobOf(row);
  const run = connection.sql("SELECT * FROM runs WHERE job_seq = ? AND number = ?").get(
    job.seq,
    job.runCount,
  );
  if (run === undefined) return null;
  return { job, run: { ...runOf(run), token: number(row, "token") }, holder };
}

export function takeOverRun(
  connection: Connection,
  run: RunRef,
  workerId: string,
  now: number,
): RunRef | null {
  const row = heldBy(connection, run);
  if (row === undefined) return null;
  const isRegistered = (id: string) =>
    connection.sql("SELECT 1 FROM workers WHERE id = ?").get(id) !== undefined;
  const holder = text(row, "worker_id");
  if ((holder !== workerId && isRegistered(holder)) || !isRegistered(workerId)) return null;
  const token = run.token + 1;
  connection.sql("UPDATE jobs SET token = ?, worker_id = ?, updated_at = ? WHERE seq = ?")
    .run(token, workerId, now, run.jobSeq);
  connection.sql(
    "UPDATE runs SET token = ?, adopted_by = ?, detached_ms = NULL WHERE job_seq = ? AND number = ?",
  ).run(token, workerId, run.jobSeq, run.number);
  if (holder !== workerId) countLostLease(connection);
  return { ...run, token };
}

const lostLeases = "lost_leases";

function countLostLease(connection: Connection): void {
  connection.sql(
    `INSERT INTO store (name, value) VALUES (?, '1')
     ON CONFLICT DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)`,
  ).run(lostLeases);
}

export function readLostLeases(connection: Connection): number {
  const row = connection.sql("SELECT value FROM store WHERE name = ?").get(lostLeases);
  return row === undefined ? 0 : Number(text(row, "value"));
}
