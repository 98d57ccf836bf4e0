/** How many jobs are in each state, in PostgreSQL. */

import { type JobState, jobStates } from "../../core/job.ts";
import { number, text } from "../rows.ts";
import type { Counts } from "../store.ts";
import type { Queries } from "./connection.ts";

export async function readCounts(queries: Queries): Promise<Counts> {
  const rows = await queries.all("SELECT bucket, sum(count)::bigint AS count FROM @counters GROUP BY bucket");
  const sums = new Map(rows.map((row) => [text(row, "bucket"), number(row, "count")]));
  const byState = Object.fromEntries(jobStates.map((state) => [state, sums.get(state) ?? 0]));
  const next = await queries.first(`SELECT run_at FROM @jobs WHERE ${delayed} ORDER BY run_at LIMIT 1`);
  return {
    byState: byState as Record<JobState, number>,
    failed: sums.get("failed") ?? 0,
    delayed: await countDelayed(queries, sums.get("pending") ?? 0),
    nextDueAt: next === undefined ? null : number(next, "run_at"),
  };
}

/** How many jobs are counted one by one without a second thought. */
const fewJobs = 10_000;

// In the order of an index each, so that no more than those few are read. The time from a query of its own: one that
// changes from row to row would not be looked up in the index.
const delayed = "state = 'pending' AND gate = 1 AND run_at > (SELECT @now)";
const someDelayed = `(SELECT FROM @jobs WHERE ${delayed} ORDER BY run_at LIMIT ${fewJobs})`;
/** Pending jobs that are not delayed: ready, held, or due. */
const someOthers = `
  (SELECT FROM @jobs WHERE state = 'pending' AND gate = 0 ORDER BY sort_at, seq LIMIT ${fewJobs})
  UNION ALL (SELECT FROM @jobs WHERE state = 'pending' AND gate = 2 ORDER BY queue, limit_key, seq LIMIT ${fewJobs})
  UNION ALL (SELECT FROM @jobs WHERE state = 'pending' AND gate = 1 AND run_at <= (SELECT @now)
             ORDER BY run_at LIMIT ${fewJobs})`;

/** Counts the delayed ones, or the other pending ones, where one of them are few. */
async function countDelayed(queries: Queries, pending: number): Promise<number> {
  const count = async (rows: string) =>
    number((await queries.first(`SELECT count(*) AS count FROM ${rows}`))!, "count");
  const some = await count(`${someDelayed} AS delayed`);
  if (some < fewJobs) return some;
  const others = await count(`(${someOthers}) AS others`);
  if (others < fewJobs) return pending - others;
  return await count(`@jobs WHERE ${delayed}`);
}
