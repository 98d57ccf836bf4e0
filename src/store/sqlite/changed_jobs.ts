/** Jobs by when they were changed last; a new one was changed when it arrived. */

import { changedColumns, changedJobOf } from "../changed_jobs.ts";
import { number } from "../rows.ts";
import type { ChangedJob, ChangePlace } from "../store.ts";
import type { Connection } from "./connection.ts";

/**
 * The first changes after a place. Those to jobs that were there have an index; new jobs, which it would make dearer to
 * store, are found by their numbers.
 */
export function readChanges(connection: Connection, after: ChangePlace, limit: number): ChangedJob[] {
  const changed = connection.sql(
    `SELECT ${changedColumns} FROM jobs INDEXED BY jobs_updated
     WHERE updated_at <> created_at AND (updated_at, seq) > (?, ?) ORDER BY updated_at, seq LIMIT ?`,
  ).all(after.at, after.seq, limit).map(changedJobOf);
  const through = changed.length < limit ? Infinity : changed.at(-1)!.updatedAt;
  const arrived = connection.sql(
    `SELECT ${changedColumns} FROM jobs
     WHERE seq >= ? AND seq < ? AND updated_at = created_at AND (created_at, seq) > (?, ?) ORDER BY seq LIMIT ?`,
  ).all(
    firstArrival(connection, after.at),
    firstArrival(connection, through + 1),
    after.at,
    after.seq,
    limit,
  ).map(changedJobOf);
  return [...changed, ...arrived].sort((one, other) => one.updatedAt - other.updatedAt || one.seq - other.seq)
    .slice(0, limit);
}

/** The number of the first job that arrived at a moment or later: jobs arrive in the order of their times. */
function firstArrival(connection: Connection, at: number): number {
  const bounds = connection.sql(
    "SELECT ifnull(min(seq), 0) AS low, ifnull(max(seq), 0) + 1 AS high FROM jobs",
  )
    .get()!;
  let [low, high] = [number(bounds, "low"), number(bounds, "high")];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const job = connection.sql("SELECT seq, created_at FROM jobs WHERE seq >= ? ORDER BY seq LIMIT 1").get(
      middle,
    );
    if (job === undefined || number(job, "created_at") >= at) high = middle;
    else low = number(job, "seq") + 1;
  }
  return low;
}
