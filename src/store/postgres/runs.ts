/** Runs in PostgreSQL: claiming, settling, intents and taking over. Each function is part of one read or write. */

import type { Job, JobState } from "../../core/job.ts";
import type { Intent, Run, RunEnding, RunRef } from "../../core/run.ts";
import { jobOf, number, requestOf, runOf, type SqlRow, text, textOrNull } from "../rows.ts";
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
} from "../store.ts";
import { splitTags } from "../../core/tags.ts";
import type { Queries } from "./connection.ts";
import { endingValues, settledJob } from "../settlement.ts";
import { Tally } from "../tally.ts";
import { writeTally } from "./counters.ts";
import { writeTail } from "./outputs.ts";
import { type Claimer, holderOf, isRegistered, lockClaimer } from "./workers.ts";

// Locks are taken in one order: workers, jobs and what belongs to them, counters. Otherwise two could wait for each other.

/** How many due jobs one claim makes ready at most, so that no claim takes long. */
const promotionBatch = 500;

export async function probe(queries: Queries, workerId: string, wanted: readonly string[]): Promise<Probe> {
  const row = (await queries.first(
    `SELECT (SELECT coalesce(stop, 'none') FROM @workers WHERE id = $1) AS told,
            coalesce((SELECT tags FROM @workers WHERE id = $1), '') AS tags,
            EXISTS (SELECT FROM unnest($2::text[]) AS wanted (name) WHERE EXISTS (
              SELECT FROM @jobs WHERE state = 'pending' AND gate = 0 AND queue = wanted.name AND needs = '')) AS ready,
            (SELECT min(run_at) FROM @jobs WHERE state = 'pending' AND gate = 1) AS next,
            @now AS now`,
    workerId,
    wanted,
  ))!;
  const nextDueAt = row.next as number | null;
  const now = number(row, "now");
  const told = textOrNull(row, "told");
  const order = told === null ? "unknown" : told === "none" ? null : told as StopMode;
  const ready = row.ready === true || (nextDueAt !== null && nextDueAt <= now) ||
    await isAnyLaneReady(queries, wanted, splitTags(text(row, "tags")));
  return { order, ready, nextDueAt, now };
}

async function isAnyLaneReady(
  queries: Queries,
  queues: readonly string[],
  tags: readonly string[],
): Promise<boolean> {
  if (tags.length === 0) return false;
  for (const queue of queues) {
    if ((await sharesOfLanes(queries, queue, { tags, limit: 1 })).length > 0) return true;
  }
  return false;
}

export async function claimJobs(queries: Queries, request: ClaimRequest): Promise<ClaimResult> {
  const claimer = await lockClaimer(queries, request.workerId);
  if (claimer === null) return { claimed: null };
  const tally = new Tally();
  const claimed = await claimFor(queries, request, { ...claimer, tally });
  await writeTally(queries, tally);
  return { claimed };
}

interface Claiming extends Claimer {
  readonly tally: Tally;
}

async function claimFor(queries: Queries, request: ClaimRequest, by: Claiming): Promise<Claimed[]> {
  await promoteDue(queries);
  const claimed: Claimed[] = [];
  for (const queue of request.queues) {
    const limit = request.limit - claimed.length;
    if (limit <= 0) break;
    for (const lane of await sharesOfLanes(queries, queue, { tags: by.tags, limit })) {
      claimed.push(...await claimHeads(queries, { queue, ...lane }, { ...by, request }));
    }
  }
  return claimed;
}

/** How many jobs to claim from each kind of needs that is met, so that the best of all are claimed. */
async function sharesOfLanes(
  queries: Queries,
  queue: string,
  { tags, limit }: { readonly tags: readonly string[]; readonly limit: number },
): Promise<readonly { readonly needs: string; readonly limit: number }[]> {
  if (tags.length === 0) return [{ needs: "", limit }];
  // From one kind of needs to the next by the index, however many jobs there are of each. Nothing is locked yet.
  const rows = await queries.all(
    `WITH RECURSIVE lane (needs) AS (
       (SELECT needs FROM @jobs WHERE state = 'pending' AND gate = 0 AND queue = $1 ORDER BY needs LIMIT 1)
       UNION ALL
       SELECT (SELECT needs FROM @jobs WHERE state = 'pending' AND gate = 0 AND queue = $1 AND needs > lane.needs
               ORDER BY needs LIMIT 1)
       FROM lane WHERE lane.needs IS NOT NULL
     ), best AS (
       SELECT lane.needs, head.sort_at FROM lane CROSS JOIN LATERAL (
         SELECT sort_at, seq FROM @jobs WHERE state = 'pending' AND gate = 0 AND queue = $1 AND needs = lane.needs
         ORDER BY sort_at, seq LIMIT $3
       ) AS head
       WHERE string_to_array(lane.needs, ',') <@ $2::text[] ORDER BY head.sort_at, head.seq LIMIT $3
     )
     SELECT needs, count(*) AS count FROM best GROUP BY needs ORDER BY min(sort_at)`,
    queue,
    tags,
    limit,
  );
  return rows.map((row) => ({ needs: text(row, "needs"), limit: number(row, "count") }));
}

/** Opens the gate of jobs whose time has come; what another claim is just opening is passed over. */
async function promoteDue(queries: Queries): Promise<void> {
  await queries.run(
    `UPDATE @jobs SET gate = 0 WHERE seq IN (
       SELECT seq FROM @jobs WHERE state = 'pending' AND gate = 1 AND run_at <= @now
       ORDER BY run_at LIMIT ${promotionBatch} FOR UPDATE SKIP LOCKED
     )`,
  );
}

async function claimHeads(
  queries: Queries,
  from: { readonly queue: string; readonly needs: string; readonly limit: number },
  by: Claiming & { readonly request: ClaimRequest },
): Promise<Claimed[]> {
  const { workerId, newMark } = by.request;
  const marks = Array.from({ length: from.limit }, () => newMark());
  const rows = await queries.all(
    `WITH at AS MATERIALIZED (SELECT @now AS now),
     head AS MATERIALIZED (
       SELECT seq, sort_at FROM @jobs WHERE state = 'pending' AND gate = 0 AND queue = $1 AND needs = $6
       ORDER BY sort_at, seq LIMIT $2 FOR UPDATE SKIP LOCKED
     ),
     numbered AS (SELECT seq, row_number() OVER (ORDER BY sort_at, seq) AS place FROM head),
     taken AS (
       UPDATE @jobs AS jobs SET state = 'processing', run_count = run_count + 1, token = token + 1, worker_id = $3,
              started_at = at.now, updated_at = at.now
       FROM numbered, at WHERE jobs.seq = numbered.seq RETURNING jobs.*, numbered.place
     ),
     begun AS (
       INSERT INTO @runs (job_seq, number, token, mark, worker_id, host, started_at)
       SELECT seq, run_count, token, ($4::text[])[place], $3, $5, started_at FROM taken
     )
     SELECT *, ($4::text[])[place] AS mark FROM taken ORDER BY place`,
    from.queue,
    from.limit,
    workerId,
    marks,
    by.host,
    from.needs,
  );
  return rows.map((row) => {
    const job = jobOf(row);
    by.tally.move({ ...job, state: "pending" }, job);
    return {
      job,
      run: { jobSeq: job.seq, number: job.runCount, token: number(row, "token") },
      mark: text(row, "mark"),
    };
  });
}

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

export async function settleRun(queries: Queries, request: SettleRequest): Promise<SettleResult> {
  const { next } = request;
  const claimer = next === null ? null : await lockClaimer(queries, next.workerId);
  const row = await heldBy(queries, request.run);
  if (row === undefined) return null;
  const tally = new Tally();
  const now = number(row, "now");
  await writeEnding(queries, request.run, { ending: request.ending, now });
  const moved = await moveOn(queries, jobOf(row), { request, now, tally });
  const claimed = next === null || claimer === null
    ? []
    : await claimFor(queries, next, { ...claimer, tally });
  await writeTally(queries, tally);
  return { ...moved, claimed };
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
  return { state: text(row, "state") as JobState, runAt: number(row, "run_at"), claimed: [] };
}

async function moveOn(
  queries: Queries,
  job: Job,
  by: { readonly request: SettleRequest; readonly now: number; readonly tally: Tally },
): Promise<{ state: JobState; runAt: number }> {
  const settled = settledJob(job, by.request, by.now);
  await queries.run(
    `UPDATE @jobs SET state = $1, reason = $2, gate = $3, sort_at = $4, attempts = $5, crash_count = $6, run_at = $7,
            updated_at = $8, finished_at = $9, exit_code = $10, last_error = $11, worker_id = NULL
     WHERE seq = $12`,
    ...settled.values,
  );
  by.tally.move(job, { queue: job.queue, state: settled.state, attempts: settled.attempts });
  return { state: settled.state, runAt: settled.runAt };
}

async function writeEnding(
  queries: Queries,
  run: RunRef,
  { ending, now }: { readonly ending: RunEnding; readonly now: number },
): Promise<void> {
  await queries.run(
    `UPDATE @runs SET finished_at = $1, outcome = $2, exit_code = $3, signal = $4, error = $5, pid = $6,
            start_identity = $7, stdout_bytes = $8, stderr_bytes = $9
     WHERE job_seq = $10 AND number = $11`,
    ...endingValues(ending, now),
    run.jobSeq,
    run.number,
  );
  await writeTail(queries, run, "out", ending.stdout);
  await writeTail(queries, run, "err", ending.stderr);
}

export async function runsOf(queries: Queries, jobSeq: number): Promise<Run[]> {
  return (await queries.all("SELECT * FROM @runs WHERE job_seq = $1 ORDER BY number", jobSeq)).map(runOf);
}

export async function listRequests(queries: Queries, workerId: string): Promise<RunRequest[]> {
  const rows = await queries.all(
    `SELECT seq, run_count, jobs.token, cancel_requested, coalesce(watched_until > @now, false)::int AS watched
     FROM @jobs AS jobs JOIN @runs AS runs ON job_seq = seq AND number = run_count
     WHERE state = 'processing' AND jobs.worker_id = $1 AND (cancel_requested = 1 OR watched_until > @now)`,
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
  return { ...run, token };
}
