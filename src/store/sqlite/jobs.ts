/** Jobs in SQLite: accepting, listing, counting. */

import { DuplicateJob, ExpiresTooSoon } from "../../core/errors.ts";
import { expiresTooSoon } from "../../core/expiry.ts";
import { type Job, type JobState, jobStates, type NewJob, sortAt } from "../../core/job.ts";
import { instantOf } from "../../core/moment.ts";
import { formatDemand } from "../../core/demand.ts";
import { arrivalBounds } from "../arrival_bounds.ts";
import { stepOf } from "../edits.ts";
import type { JobFilter } from "../job_filter.ts";
import type { Arrivals, ArrivalSlice } from "../slices.ts";
import { sortTerms } from "../job_sort.ts";
import { gateOf, type LimitsByQueue } from "../queue_limits.ts";
import { bytesOf } from "../../core/job_input.ts";
import type { Accepted, Counts, FirstJobs, JobPage } from "../store.ts";
import type { Connection } from "./connection.ts";
import type { SqlValue } from "./driver.ts";
import { type Bucket, Tally } from "../tally.ts";
import { writeTally } from "./counters.ts";
import { isUniqueViolation } from "./errors.ts";
import { queueLimits } from "./gates.ts";
import { insertInputs } from "./inputs.ts";
import { conditionOf } from "./job_filter.ts";
import { refuseDrained } from "./draining.ts";
import { jobOf, number, text } from "../rows.ts";

/** Jobs stored by one statement where there are many: half the time of one each. */
const jobsPerInsert = 50;

export interface Insertion {
  readonly now: number;
  /** `links.ts`, which few batches need; null where no job waits for another one. */
  readonly links: Pick<typeof import("./links.ts"), "planLinks" | "writeLinks"> | null;
}

/** Stores a batch. Within a write. */
export function insertJobs(
  connection: Connection,
  jobs: readonly NewJob[],
  { now, links }: Insertion,
): Accepted[] {
  refuseDrained(connection, jobs);
  const accepted = jobs.map((job, index) => {
    const times = timesOf(job, now);
    if (expiresTooSoon(times, now)) throw new ExpiresTooSoon(job.id, index);
    const { runAt, expiresAt } = times;
    return { id: job.id, state: "pending" as const, conflict: null, runAt, expiresAt };
  });
  const plan = links?.planLinks(connection, jobs) ?? null;
  const limits = queueLimits(connection);
  for (let from = 0; from < jobs.length; from += jobsPerInsert) {
    const to = Math.min(from + jobsPerInsert, jobs.length);
    insertSome(connection, { from, to, now, limits, batch: jobs });
  }
  insertInputs(connection, jobs);
  const tally = new Tally();
  for (const [place, { queue, key }] of jobs.entries()) {
    tally.add({ queue, key, state: plan?.get(place)?.state ?? "pending", attempts: 0 });
  }
  if (plan !== null) links!.writeLinks(connection, { jobs, plan, now });
  writeTally(connection, tally);
  if (plan === null) return accepted;
  return accepted.map((job, place) => ({ ...job, state: plan.get(place)?.state ?? "pending" }));
}

function timesOf({ due, expires }: NewJob, now: number) {
  return { runAt: instantOf(due, now), expiresAt: expires === null ? null : instantOf(expires, now) };
}

/** Part of a batch. */
interface Slice {
  readonly from: number;
  readonly to: number;
  readonly now: number;
  readonly limits: LimitsByQueue;
  readonly batch: readonly NewJob[];
}

/** Stores them by one statement if they are as many as it takes, and else one by one. */
function insertSome(connection: Connection, slice: Slice): void {
  const { from, to, batch } = slice;
  if (to - from === jobsPerInsert) {
    try {
      const values: SqlValue[] = [];
      for (let index = from; index < to; index++) values.push(...valuesOf(batch[index]!, slice));
      connection.sql(insertMany).run(...values);
      return;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      // None of them is stored; one by one it comes out which is the second of its id.
    }
  }
  for (let index = from; index < to; index++) insertOne(connection, index, slice);
}

function insertOne(connection: Connection, index: number, slice: Slice): void {
  const { batch } = slice;
  const { id } = batch[index]!;
  try {
    connection.sql(insert).run(...valuesOf(batch[index]!, slice));
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const twice = batch.slice(0, index).some((other) => other.id === id);
    const state = twice ? "in the same batch" : jobById(connection, id)?.state ?? "stored";
    throw new DuplicateJob(id, state, index);
  }
}

const row = "(?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const insert = `
  INSERT INTO jobs (id, queue, limit_key, state, gate, sort_at, priority, priority_step_ms, hook_of, unique_key, traceparent, webhook, command, argv, cwd, env,
                    needs, max_retries, timeout_ms, kill_after_ms, rules, label, meta, stdin_bytes, expires_at, run_at, created_at, updated_at)
  VALUES ${row}`;
const insertMany = insert + `, ${row}`.repeat(jobsPerInsert - 1);

function valuesOf(job: NewJob, { now, limits }: Slice): SqlValue[] {
  const { runAt, expiresAt } = timesOf(job, now);
  return [
    job.id,
    job.queue,
    job.key,
    gateOf(limits, job, runAt <= now),
    sortAt(runAt, job),
    job.priority,
    stepOf(job),
    job.hookOf,
    job.unique?.key ?? null,
    job.traceparent ?? null,
    job.webhook,
    job.command,
    job.argv === null ? null : JSON.stringify(job.argv),
    job.cwd,
    hasEntries(job.env) ? JSON.stringify(job.env) : null,
    formatDemand(job),
    job.maxRetries,
    job.timeoutMs,
    job.killAfterMs,
    job.rules === null ? null : JSON.stringify(job.rules),
    job.label,
    hasEntries(job.meta) ? JSON.stringify(job.meta) : null,
    job.input === null ? null : bytesOf(job.input),
    expiresAt,
    runAt,
    now,
    now,
  ];
}

function hasEntries(record: Readonly<Record<string, string>>): boolean {
  for (const _ in record) return true;
  return false;
}

export function jobById(connection: Connection, id: string): Job | null {
  const row = connection.sql("SELECT * FROM jobs WHERE id = ?").get(id);
  return row === undefined ? null : jobOf(row);
}

/** Of the arrival numbers that a page lies between. */
const marks = ["?", "?"] as const;

/** A page as the indexes have it; see `readPage` for one that they do not know. */
export function jobPage(connection: Connection, page: JobPage): Job[] {
  const { from, sql, values } = conditionOf(page);
  const { between, direction, after, through } = arrivalBounds(page, marks);
  const rows = connection.sql(
    `SELECT * FROM ${from} WHERE ${between}${sql} ORDER BY seq ${direction} LIMIT ?`,
  )
    .all(after, through, ...values, page.limit);
  return rows.map(jobOf);
}

/** The first jobs of a slice in an order. */
export function firstOfSlice(
  connection: Connection,
  filter: JobFilter,
  { slice, order, limit, now }: FirstJobs & { readonly slice: ArrivalSlice; readonly now: number },
): Job[] {
  const { from, sql, values } = conditionOf(filter);
  const { between, after, through } = arrivalBounds(slice, marks);
  const rows = connection.sql(
    // The time is a parameter that only some orders have a place for.
    `SELECT jobs.* FROM ${from}, (SELECT ? AS now) AS at WHERE ${between}${sql}
     ORDER BY ${sortTerms(order, "at.now")} LIMIT ?`,
  ).all(now, after, through, ...values, limit === Infinity ? -1 : limit);
  return rows.map(jobOf);
}

/** The jobs of these arrival numbers that a filter means, oldest first. */
export function jobsAmong(connection: Connection, seqs: readonly number[], filter: JobFilter): Job[] {
  const { sql, values } = conditionOf(filter);
  const rows = connection.sql(
    `SELECT * FROM jobs WHERE seq IN (SELECT value FROM json_each(?))${sql} ORDER BY seq`,
  ).all(JSON.stringify(seqs), ...values);
  return rows.map(jobOf);
}

export function arrivals(connection: Connection): Arrivals {
  const row = connection.sql(
    "SELECT (SELECT min(seq) FROM jobs) AS first, (SELECT max(seq) FROM jobs) AS last",
  )
    .get()!;
  return row.first === null ? null : { first: number(row, "first"), last: number(row, "last") };
}

/** The sum of some counters, of one queue or of all. */
export function sumCounters(
  connection: Connection,
  buckets: readonly Bucket[],
  queue: string | null,
): number {
  const row = connection.sql(
    `SELECT coalesce(sum(count), 0) AS count FROM counters
     WHERE bucket IN (SELECT value FROM json_each(?)) AND queue = coalesce(?, queue)`,
  ).get(JSON.stringify(buckets), queue)!;
  return number(row, "count");
}

export function countSlice(connection: Connection, filter: JobFilter, slice: ArrivalSlice): number {
  const { from, sql, values } = conditionOf(filter);
  const { between, after, through } = arrivalBounds(slice, marks);
  const row = connection.sql(`SELECT count(*) AS count FROM ${from} WHERE ${between}${sql}`)
    .get(after, through, ...values)!;
  return number(row, "count");
}

export function readCounts(connection: Connection, now: number): Counts {
  const rows = connection.sql("SELECT bucket, sum(count) AS count FROM counters GROUP BY bucket").all();
  const sums = new Map(rows.map((row) => [text(row, "bucket"), number(row, "count")]));
  const byState = Object.fromEntries(jobStates.map((state) => [state, sums.get(state) ?? 0]));
  const next = connection.sql(`SELECT min(run_at) AS next FROM ${delayed}`).get(now)!;
  return {
    byState: byState as Record<JobState, number>,
    failed: sums.get("failed") ?? 0,
    delayed: countDelayed(connection, { pending: sums.get("pending") ?? 0, now }),
    nextDueAt: next.next as number | null,
  };
}

/** How many jobs are counted one by one without a second thought: a fraction of a millisecond. */
const fewJobs = 10_000;

const delayed = "jobs INDEXED BY jobs_delayed WHERE state = 'pending' AND gate = 1 AND run_at > ?";
/** Pending jobs that are not delayed. */
const others = `
  SELECT 1 FROM jobs INDEXED BY jobs_first WHERE state = 'pending' AND gate = 0
  UNION ALL SELECT 1 FROM jobs INDEXED BY jobs_held WHERE state = 'pending' AND gate = 2
  UNION ALL SELECT 1 FROM jobs INDEXED BY jobs_delayed WHERE state = 'pending' AND gate = 1 AND run_at <= ?`;

/** Counts the delayed ones, or the other pending ones, where one of them are few. */
function countDelayed(
  connection: Connection,
  { pending, now }: { readonly pending: number; readonly now: number },
): number {
  const countFew = (rows: string) =>
    number(connection.sql(`SELECT count(*) AS count FROM (${rows} LIMIT ${fewJobs})`).get(now)!, "count");
  const some = countFew(`SELECT 1 FROM ${delayed}`);
  if (some < fewJobs) return some;
  const rest = countFew(others);
  if (rest < fewJobs) return pending - rest;
  return number(connection.sql(`SELECT count(*) AS count FROM ${delayed}`).get(now)!, "count");
}
