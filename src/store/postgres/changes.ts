/** What people do to jobs, in PostgreSQL: cancel, retry, remove. Each function is part of one write. */

import { isFinal, type Job, type JobState } from "../../core/job.ts";
import { cancelReason } from "../../core/transitions.ts";
import { jobOf, number, text } from "../rows.ts";
import { spreadOut } from "../../core/pace.ts";
import type { DeadRetry, RemovedJob, RetriedDead, RetryRequest } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Queries } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { inputFileOf } from "./inputs.ts";
import { lockAmong, sortKey } from "./jobs.ts";
import { noteEnds, noteRevivals } from "./passing.ts";
import { lockKeys, refuseKeyless, takeKeysAgain } from "./unique_keys.ts";
import { tell } from "./waits.ts";
import { noteWebhooks } from "./webhook_events.ts";

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
  reason = cancelReason,
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
      reason,
      seqs,
    );
    const tally = new Tally();
    for (const job of waiting) tally.move(job, { ...job, state: "cancelled" });
    await noteWebhooks(queries, seqs);
    await noteEnds(queries, seqs);
    await writeTally(queries, tally);
    await tell(queries, seqs);
  }
  return { cancelled: waiting.length, ending: running.length };
}

/** Makes a job pending and due now; returns the state that it was found in, or null where there is none. */
export async function retryJob(queries: Queries, request: RetryRequest): Promise<JobState | null> {
  // Its key is locked before the job is; a job never changes that.
  const found = await queries.first("SELECT unique_key FROM @jobs WHERE id = $1", request.id);
  await lockKeys(queries, typeof found?.unique_key === "string" ? [found.unique_key] : []);
  const job = await lockJob(queries, request.id);
  if (job === null) return null;
  const cascade = request.cascade ?? false;
  if (job.state === "pending" && request.from === "any") {
    await hasten(queries, job);
    if (cascade) await noteRevivals(queries, [job.seq]);
  } else if (job.state === "dead" || (request.from === "any" && isFinal(job.state))) {
    await refuseKeyless(queries, job);
    await revive(queries, [job], { cascade });
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

/** Retries dead jobs; of several of one unique key the first gets it. */
export async function retryDead(queries: Queries, request: DeadRetry): Promise<RetriedDead> {
  const { seqs, filter, due, cascade = false } = request;
  const keys = await queries.all(
    "SELECT DISTINCT unique_key FROM @jobs WHERE seq = ANY ($1::bigint[]) AND unique_key IS NOT NULL",
    seqs,
  );
  await lockKeys(queries, keys.map((row) => text(row, "unique_key")));
  const dead = await lockAmong(queries, seqs, { ...filter, state: "dead" });
  const withoutKey = await takeKeysAgain(queries, dead);
  const free = dead.filter(({ seq }) => !withoutKey.has(seq));
  await revive(queries, free, { due, cascade });
  return { retried: free.length, withoutKey: withoutKey.size };
}

/** With `cascade` those are revived with them that their ends have cancelled. */
async function revive(
  queries: Queries,
  jobs: readonly Job[],
  { due = null, cascade }: { readonly due?: DeadRetry["due"]; readonly cascade: boolean },
): Promise<void> {
  const tally = new Tally();
  for (const job of jobs) {
    tally.move(job, { ...job, state: job.openParents > 0 ? "blocked" : "pending", attempts: 0 });
  }
  // What has ended in vain is waited for no longer, what has not ended is.
  const broken = jobs.filter((job) => job.brokenBy !== null).map((job) => job.seq);
  if (broken.length > 0) {
    await queries.run(
      "UPDATE @dependencies SET state = 'met' WHERE child_seq = ANY ($1::bigint[]) AND state = 'broken'",
      broken,
    );
  }
  const seqs = jobs.map((job) => job.seq);
  await queries.run(
    `UPDATE @jobs SET state = CASE WHEN open_parents > 0 THEN 'blocked' ELSE 'pending' END, reason = NULL,
            broken_by = NULL, gate = CASE WHEN at.due <= at.now THEN 0 ELSE 1 END,
            sort_at = ${
      sortKey("at.due")
    }, attempts = 0, crash_count = 0, snooze_count = 0, cancel_requested = 0,
            run_at = at.due, updated_at = at.now, finished_at = NULL, ${unlessOver}
     FROM (
       SELECT given.seq AS which, coalesce(given.due, clock.now) AS due, clock.now
       FROM unnest($1::bigint[], $2::bigint[]) AS given (seq, due), (SELECT @now AS now) AS clock
     ) AS at WHERE seq = at.which`,
    seqs,
    jobs.map((_, index) => due === null ? null : spreadOut(due, index)),
  );
  if (cascade) await noteRevivals(queries, seqs);
  await writeTally(queries, tally);
}

/** Deletes a job with its runs and their output, unless it runs. */
export async function removeJob(queries: Queries, id: string): Promise<RemovedJob | null> {
  const job = await lockJob(queries, id);
  if (job === null) return null;
  const awaitedBy = await waitingChild(queries, job.seq);
  if (job.state === "processing" || awaitedBy !== null) {
    return { state: job.state, runs: [], inputFile: null, awaitedBy };
  }
  const rows = await queries.all(
    "SELECT number, mark FROM @runs WHERE job_seq = $1 ORDER BY number",
    job.seq,
  );
  const runs = rows.map((row) => ({
    jobSeq: job.seq,
    number: number(row, "number"),
    mark: text(row, "mark"),
  }));
  const inputFile = await inputFileOf(queries, job.seq);
  // Those that were cancelled while they waited for it.
  await queries.run(
    `UPDATE @jobs SET open_parents = open_parents - 1 WHERE seq = ANY (ARRAY(
       SELECT child_seq FROM @dependencies WHERE parent_seq = $1 AND state = 'open'))`,
    job.seq,
  );
  await queries.run("DELETE FROM @jobs WHERE seq = $1", job.seq);
  const tally = new Tally();
  tally.remove(job);
  await writeTally(queries, tally);
  await tell(queries, [job.seq]);
  return { state: job.state, runs, inputFile, awaitedBy: null };
}

/** The id of a blocked job that waits for one, or null. */
async function waitingChild(queries: Queries, seq: number): Promise<string | null> {
  const row = await queries.first(
    `SELECT id FROM @dependencies AS link JOIN @jobs AS jobs ON seq = child_seq
     WHERE parent_seq = $1 AND link.state = 'open' AND jobs.state = 'blocked' LIMIT 1`,
    seq,
  );
  return row === undefined ? null : text(row, "id");
}
