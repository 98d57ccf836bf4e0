/** What people do to jobs, in PostgreSQL: cancel, retry, remove. Each function is part of one write. */

import { isFinal, type Job, type JobState } from "../../core/job.ts";
import { cancelReason } from "../../core/transitions.ts";
import { jobOf, number, text } from "../rows.ts";
import type { JobPage, RemovedJob, RetryRequest } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Queries } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { jobPage, sortKey } from "./jobs.ts";
import { tell } from "./waits.ts";

export async function lockJob(queries: Queries, id: string): Promise<Job | null> {
  const row = await queries.first("SELECT * FROM @jobs WHERE id = $1 FOR UPDATE", id);
  return row === undefined ? null : jobOf(row);
}

/** Cancels a job that waits; of one that runs it is written down. Returns the state that it was found in. */
export async function cancelJob(queries: Queries, id: string): Promise<JobState | null> {
  const job = await lockJob(queries, id);
  if (job === null) return null;
  await cancelJobs(queries, [job]);
  return job.state;
}

/** The same for several that are locked; those that are over are left alone. */
export async function cancelJobs(
  queries: Queries,
  jobs: readonly Job[],
): Promise<{ readonly cancelled: number; readonly ending: number }> {
  const waiting = jobs.filter(({ state }) => state === "pending" || state === "blocked");
  const running = jobs.filter(({ state }) => state === "processing");
  if (running.length > 0) {
    await queries.run(
      "UPDATE @jobs SET cancel_requested = 1, updated_at = @now WHERE seq = ANY ($1::bigint[])",
      running.map((job) => job.seq),
    );
  }
  if (waiting.length > 0) {
    const seqs = waiting.map((job) => job.seq);
    await queries.run(
      `UPDATE @jobs SET state = 'cancelled', reason = $1, updated_at = at.now, finished_at = at.now
       FROM (SELECT @now AS now) AS at WHERE seq = ANY ($2::bigint[])`,
      cancelReason,
      seqs,
    );
    const tally = new Tally();
    for (const job of waiting) tally.move(job, { ...job, state: "cancelled" });
    await writeTally(queries, tally);
    await tell(queries, seqs);
  }
  return { cancelled: waiting.length, ending: running.length };
}

/** Makes a job pending and due now; returns the state that it was found in, or null where there is none. */
export async function retryJob(queries: Queries, request: RetryRequest): Promise<JobState | null> {
  const job = await lockJob(queries, request.id);
  if (job === null) return null;
  if (job.state === "pending" && request.from === "any") await hasten(queries, job);
  else if (job.state === "dead" || (request.from === "any" && isFinal(job.state))) {
    await revive(queries, [job]);
  }
  return job.state;
}

/** Who wants a job to run again wants it in spite of an expiry that is over. */
const unlessOver = "expires_at = CASE WHEN expires_at > at.now THEN expires_at END";

async function hasten(queries: Queries, job: Job): Promise<void> {
  await queries.run(
    `UPDATE @jobs SET gate = 0, sort_at = ${sortKey("at.now")}, run_at = at.now,
            updated_at = at.now, ${unlessOver}
     FROM (SELECT @now AS now) AS at WHERE seq = $1`,
    job.seq,
  );
  const tally = new Tally();
  tally.touch(job);
  await writeTally(queries, tally);
}

/** Revives one page of dead jobs, oldest first; returns those that were. */
export async function reviveDeadPage(
  queries: Queries,
  page: Omit<JobPage, "state" | "order">,
): Promise<Job[]> {
  const dead = await jobPage(queries, { ...page, state: "dead", order: "oldest" }, "FOR UPDATE");
  await revive(queries, dead);
  return dead;
}

async function revive(queries: Queries, jobs: readonly Job[]): Promise<void> {
  const tally = new Tally();
  for (const job of jobs) tally.move(job, { ...job, state: "pending", attempts: 0 });
  await queries.run(
    `UPDATE @jobs SET state = 'pending', reason = NULL, gate = 0, sort_at = ${sortKey("at.now")},
            attempts = 0, crash_count = 0, snooze_count = 0, cancel_requested = 0, run_at = at.now, updated_at = at.now, finished_at = NULL,
            ${unlessOver}
     FROM (SELECT @now AS now) AS at WHERE seq = ANY ($1::bigint[])`,
    jobs.map((job) => job.seq),
  );
  await writeTally(queries, tally);
}

/** Deletes a job with its runs and their output, unless it runs. */
export async function removeJob(queries: Queries, id: string): Promise<RemovedJob | null> {
  const job = await lockJob(queries, id);
  if (job === null) return null;
  if (job.state === "processing") return { state: job.state, runs: [] };
  const rows = await queries.all(
    "SELECT number, mark FROM @runs WHERE job_seq = $1 ORDER BY number",
    job.seq,
  );
  const runs = rows.map((row) => ({
    jobSeq: job.seq,
    number: number(row, "number"),
    mark: text(row, "mark"),
  }));
  await queries.run("DELETE FROM @jobs WHERE seq = $1", job.seq);
  const tally = new Tally();
  tally.remove(job);
  await writeTally(queries, tally);
  await tell(queries, [job.seq]);
  return { state: job.state, runs };
}
