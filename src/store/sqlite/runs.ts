/** Runs in SQLite: claiming, settling, intents and taking over. Each function is the body of one write. */

import { isFinal, type Job, type JobState } from "../../core/job.ts";
import type { Intent, Run, RunEnding, RunRef } from "../../core/run.ts";
import type {
  Claimed,
  ClaimRequest,
  ClaimResult,
  HeldRun,
  Probe,
  RunRequest,
  SettleRequest,
  SettleResult,
  StopMode,
  WorkerRow,
} from "../store.ts";
import type { Connection } from "./connection.ts";
import { endingValues } from "../endings.ts";
import { noteDeath } from "./deaths.ts";
import { hasEnds, noteEnds, passOn } from "./ends.ts";
import { hasExpired } from "../../core/expiry.ts";
import { nextExpiry } from "./expiry.ts";
import { settledJob } from "./settlement.ts";
import { Tally } from "../tally.ts";
import { writeTally } from "./counters.ts";
import { jobOf, number, requestOf, runOf, type SqlRow, text } from "../rows.ts";
import { offersAll, splitTags } from "../../core/tags.ts";
import { writeTail } from "./outputs.ts";
import { listWorkers } from "./workers.ts";

// The indexes are named in the statements: without statistics SQLite takes the one by state, and reads every waiting job.

/** How many due jobs one claim makes ready at most, so that no claim takes long. */
const promotionBatch = 500;

export function probe(
  connection: Connection,
  workerId: string,
  queues: readonly string[],
  now: number,
): Probe {
  const worker = connection.sql("SELECT stop, tags FROM workers WHERE id = ?").get(workerId);
  const tags = splitTags(worker === undefined ? "" : text(worker, "tags"));
  const ready = queues.some((queue) =>
    lanes(connection, queue, tags).some((needs) =>
      connection.sql(
        `SELECT 1 FROM jobs INDEXED BY jobs_ready
         WHERE state = 'pending' AND gate = 0 AND queue = ? AND needs = ? LIMIT 1`,
      ).get(queue, needs) !== undefined
    )
  );
  const row = connection.sql(
    "SELECT min(run_at) AS next FROM jobs INDEXED BY jobs_delayed WHERE state = 'pending' AND gate = 1",
  )
    .get()!;
  const nextDueAt = row.next as number | null;
  const order = worker === undefined ? "unknown" : worker.stop as StopMode | null;
  return {
    order,
    ready: ready || (nextDueAt !== null && nextDueAt <= now),
    nextDueAt,
    nextExpiryAt: nextExpiry(connection),
    hasEnds: hasEnds(connection, { withDeaths: true }),
    now,
  };
}

export function claimJobs(connection: Connection, request: ClaimRequest, now: number): ClaimResult {
  const worker = connection.sql("SELECT host, tags, stop FROM workers WHERE id = ?").get(request.workerId);
  if (worker === undefined || worker.stop !== null) return { claimed: null };
  promoteDue(connection, now);
  const tags = splitTags(text(worker, "tags"));
  const tally = new Tally();
  const claimed: Claimed[] = [];
  for (const queue of request.queues) {
    for (const row of readyHeads(connection, { queue, tags }, request.limit - claimed.length)) {
      // Those behind it wait until it is cancelled: passing over all that have expired could take long.
      const found = jobOf(row);
      if (hasExpired(found, now)) continue;
      const token = number(row, "token") + 1;
      claimed.push(claimJob(connection, found, { token, request, host: text(worker, "host"), now, tally }));
    }
    if (claimed.length >= request.limit) break;
  }
  writeTally(connection, tally);
  return { claimed };
}

/** Opens the gate of jobs whose time has come. */
function promoteDue(connection: Connection, now: number): void {
  connection.sql(
    `UPDATE jobs SET gate = 0 WHERE seq IN (
       SELECT seq FROM jobs INDEXED BY jobs_delayed WHERE state = 'pending' AND gate = 1 AND run_at <= ? ORDER BY run_at LIMIT ${promotionBatch}
     )`,
  ).run(now);
}

/** The needs that ready jobs of a queue have, as far as a worker with these tags meets them. */
function lanes(connection: Connection, queue: string, tags: readonly string[]): string[] {
  if (tags.length === 0) return [""];
  // From one kind of needs to the next by the index, however many jobs there are of each.
  const rows = connection.sql(
    `WITH RECURSIVE lane (needs) AS (
       SELECT min(needs) FROM jobs INDEXED BY jobs_ready WHERE state = 'pending' AND gate = 0 AND queue = ?1
       UNION ALL
       SELECT (SELECT min(needs) FROM jobs INDEXED BY jobs_ready
               WHERE state = 'pending' AND gate = 0 AND queue = ?1 AND needs > lane.needs)
       FROM lane WHERE lane.needs IS NOT NULL
     ) SELECT needs FROM lane WHERE needs IS NOT NULL`,
  ).all(queue);
  return rows.map((row) => text(row, "needs")).filter((needs) => offersAll(tags, splitTags(needs)));
}

function readyHeads(
  connection: Connection,
  { queue, tags }: { readonly queue: string; readonly tags: readonly string[] },
  limit: number,
): SqlRow[] {
  const heads = lanes(connection, queue, tags).map((needs) =>
    connection.sql(
      `SELECT * FROM jobs INDEXED BY jobs_ready
       WHERE state = 'pending' AND gate = 0 AND queue = ? AND needs = ? ORDER BY sort_at, seq LIMIT ?`,
    ).all(queue, needs, limit)
  );
  if (heads.length === 1) return heads[0]!;
  const inOrder = (a: SqlRow, b: SqlRow) =>
    number(a, "sort_at") - number(b, "sort_at") || number(a, "seq") - number(b, "seq");
  return heads.flat().toSorted(inOrder).slice(0, limit);
}

function claimJob(
  connection: Connection,
  found: Job,
  by: { token: number; request: ClaimRequest; host: string; now: number; tally: Tally },
): Claimed {
  const { token } = by;
  const runNumber = found.runCount + 1;
  const mark = by.request.newMark();
  const { workerId } = by.request;
  connection.sql(
    `UPDATE jobs SET state = 'processing', run_count = ?, token = ?, worker_id = ?, started_at = ?, updated_at = ?
     WHERE seq = ?`,
  ).run(runNumber, token, workerId, by.now, by.now, found.seq);
  connection.sql(
    "INSERT INTO runs (job_seq, number, token, mark, worker_id, host, started_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
  ).run(found.seq, runNumber, token, mark, workerId, by.host, by.now);
  const job = {
    ...found,
    state: "processing" as const,
    runCount: runNumber,
    startedAt: by.now,
    updatedAt: by.now,
  };
  by.tally.move(found, job);
  return { job, run: { jobSeq: found.seq, number: runNumber, token }, mark };
}

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

export function settleRun(connection: Connection, request: SettleRequest, now: number): SettleResult {
  const row = heldBy(connection, request.run);
  if (row === undefined) return null;
  writeEnding(connection, request.run, request.ending, now);
  const moved = moveOn(connection, jobOf(row), { request, now });
  const next = request.next === null ? null : claimJobs(connection, request.next, now).claimed;
  return { ...moved, claimed: next ?? [] };
}

function moveOn(
  connection: Connection,
  job: Job,
  by: { readonly request: SettleRequest; readonly now: number },
): { state: JobState; runAt: number; hasEnds: boolean } {
  const settled = settledJob(job, by.request, by.now);
  connection.sql(
    `UPDATE jobs SET state = ?, reason = ?, gate = ?, sort_at = ?, attempts = ?, crash_count = ?, run_at = ?,
            updated_at = ?, finished_at = ?, exit_code = ?, last_error = ?, snooze_count = ?, worker_id = NULL
     WHERE seq = ?`,
  ).run(...settled.values);
  const tally = new Tally();
  tally.move(job, { queue: job.queue, state: settled.state, attempts: settled.attempts });
  writeTally(connection, tally);
  // Before it claims, so that what has waited for this job may be next.
  const isAwaited = isFinal(settled.state) && noteEnds(connection, [job.seq]);
  const hasMore = isAwaited && passOn(connection, by.now).hasMore;
  const hasDied = settled.state === "dead" && noteDeath(connection, job);
  return { state: settled.state, runAt: settled.runAt, hasEnds: hasMore || hasDied };
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
  return { ...run, token };
}
