/** Jobs in SQLite: finding, listing, counting. */

import { type Job, type JobState, jobStates } from "../../core/job.ts";
import { arrivalBounds } from "../arrival_bounds.ts";
import type { JobFilter } from "../job_filter.ts";
import type { Arrivals, ArrivalSlice } from "../slices.ts";
import { sortTerms } from "../job_sort.ts";
import type { Counts, FirstJobs, JobPage } from "../store.ts";
import type { Connection } from "./connection.ts";
import type { Bucket } from "../tally.ts";
import { conditionOf } from "./job_filter.ts";
import { jobOf, number, text } from "../rows.ts";

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
