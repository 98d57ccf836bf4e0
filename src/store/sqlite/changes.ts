/** What people do to jobs, in SQLite: cancel, retry, remove. Each function is the body of one write. */

import { isFinal, type Job, type JobState, sortAt } from "../../core/job.ts";
import { cancelReason } from "../../core/transitions.ts";
import { number, text } from "../rows.ts";
import { spreadOut } from "../../core/pace.ts";
import type { DeadRetry, RemovedJob, RetriedDead, RetryRequest } from "../store.ts";
import { Tally } from "../tally.ts";
import { gateOf } from "../queue_limits.ts";
import type { Connection } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { queueLimits } from "./gates.ts";
import { inputFileOf } from "./inputs.ts";
import { jobById, jobsAmong } from "./jobs.ts";
import { noteEnds, noteRevivals, passOn } from "./ends.ts";
import { refuseKeyless, takeKeyAgain } from "./unique_keys.ts";
import { noteWebhooks } from "./webhook_events.ts";

/** Cancels a job that waits; of one that runs it is written down. Returns the state that it was found in. */
export function cancelJob(connection: Connection, id: string, now: number): JobState | null {
  const job = jobById(connection, id);
  if (job === null) return null;
  cancelJobs(connection, [job], now);
  return job.state;
}

/** The same for several; those that are over are left alone. */
export function cancelJobs(
  connection: Connection,
  jobs: readonly Job[],
  now: number,
  reason = cancelReason,
): { readonly cancelled: number; readonly ending: number } {
  const waiting = jobs.filter(({ state }) => state === "pending" || state === "blocked");
  const running = jobs.filter(({ state }) => state === "processing");
  for (const job of running) {
    connection.sql("UPDATE jobs SET cancel_requested = 1, updated_at = ? WHERE seq = ?").run(now, job.seq);
  }
  const tally = new Tally();
  for (const job of waiting) {
    connection.sql(
      "UPDATE jobs SET state = 'cancelled', reason = ?, updated_at = ?, finished_at = ? WHERE seq = ?",
    ).run(reason, now, now, job.seq);
    tally.move(job, { ...job, state: "cancelled" });
  }
  writeTally(connection, tally);
  const ended = waiting.map((job) => job.seq);
  noteWebhooks(connection, ended);
  if (noteEnds(connection, ended)) passOn(connection, now);
  return { cancelled: waiting.length, ending: running.length };
}

/** Makes a job pending and due now; returns the state that it was found in, or null where there is none. */
export function retryJob(connection: Connection, request: RetryRequest, now: number): JobState | null {
  const job = jobById(connection, request.id);
  if (job === null) return null;
  const cascade = request.cascade ?? false;
  if (job.state === "pending" && request.from === "any") {
    hasten(connection, job, now);
    if (cascade) noteRevivals(connection, [job.seq]);
  } else if (job.state === "dead" || (request.from === "any" && isFinal(job.state))) {
    refuseKeyless(connection, job, now);
    revive(connection, [job], { now, cascade });
  }
  return job.state;
}

/** Who wants a job to run again wants it in spite of an expiry that is over. */
const unlessOver = "expires_at = CASE WHEN expires_at > ? THEN expires_at END";

function hasten(connection: Connection, job: Job, now: number): void {
  connection.sql(
    `UPDATE jobs SET gate = ?, sort_at = ?, run_at = ?, updated_at = ?, ${unlessOver} WHERE seq = ?`,
  ).run(gateOf(queueLimits(connection), job, true), sortAt(now, job), now, now, now, job.seq);
  const tally = new Tally();
  tally.touch(job);
  writeTally(connection, tally);
}

/** Retries dead jobs; of several of one unique key the first gets it. */
export function retryDead(
  connection: Connection,
  { seqs, filter, due, cascade = false }: DeadRetry,
  now: number,
): RetriedDead {
  const dead = jobsAmong(connection, seqs, { ...filter, state: "dead" });
  const free = dead.filter((job) => takeKeyAgain(connection, job, now));
  revive(connection, free, { now, due, cascade });
  return { retried: free.length, withoutKey: dead.length - free.length };
}

interface Revival {
  readonly now: number;
  readonly due?: DeadRetry["due"];
  /** Whether the jobs that their ends have cancelled are revived with them. */
  readonly cascade: boolean;
}

function revive(connection: Connection, jobs: readonly Job[], { now, due = null, cascade }: Revival): void {
  const tally = new Tally();
  const limits = queueLimits(connection);
  for (const [index, job] of jobs.entries()) {
    const runAt = due === null ? now : spreadOut(due, index);
    // What has ended in vain is waited for no longer, what has not ended is.
    if (job.brokenBy !== null) {
      connection.sql("UPDATE dependencies SET state = 'met' WHERE child_seq = ? AND state = 'broken'").run(
        job.seq,
      );
    }
    const state = job.openParents > 0 ? "blocked" : "pending";
    connection.sql(
      `UPDATE jobs SET state = ?, reason = NULL, gate = ?, sort_at = ?, attempts = 0, crash_count = 0,
              snooze_count = 0, cancel_requested = 0, run_at = ?, updated_at = ?, finished_at = NULL,
              broken_by = NULL, ${unlessOver}
       WHERE seq = ?`,
    ).run(state, gateOf(limits, job, runAt <= now), sortAt(runAt, job), runAt, now, now, job.seq);
    tally.move(job, { ...job, state, attempts: 0 });
  }
  writeTally(connection, tally);
  if (!cascade) return;
  noteRevivals(connection, jobs.map((job) => job.seq));
}

/** Deletes a job with its runs and their output, unless it runs. */
export function removeJob(connection: Connection, id: string): RemovedJob | null {
  const job = jobById(connection, id);
  if (job === null) return null;
  const awaitedBy = waitingChild(connection, job.seq);
  if (job.state === "processing" || awaitedBy !== null) {
    return { state: job.state, runs: [], inputFile: null, awaitedBy };
  }
  const runs = connection.sql("SELECT number, mark FROM runs WHERE job_seq = ? ORDER BY number").all(job.seq)
    .map((row) => ({ jobSeq: job.seq, number: number(row, "number"), mark: text(row, "mark") }));
  const inputFile = inputFileOf(connection, job.seq);
  // Those that were cancelled while they waited for it.
  connection.sql(
    `UPDATE jobs SET open_parents = open_parents - 1 WHERE seq IN (
       SELECT child_seq FROM dependencies WHERE parent_seq = ? AND state = 'open')`,
  ).run(job.seq);
  connection.sql("DELETE FROM jobs WHERE seq = ?").run(job.seq);
  const tally = new Tally();
  tally.remove(job);
  writeTally(connection, tally);
  return { state: job.state, runs, inputFile, awaitedBy: null };
}

/** The id of a blocked job that waits for one, or null. */
function waitingChild(connection: Connection, seq: number): string | null {
  const row = connection.sql(
    `SELECT id FROM dependencies INDEXED BY dependencies_open CROSS JOIN jobs ON seq = child_seq
     WHERE parent_seq = ? AND dependencies.state = 'open' AND jobs.state = 'blocked' LIMIT 1`,
  ).get(seq);
  return row === undefined ? null : text(row, "id");
}
