import { createHash } from "node:crypto";
import type { JobState } from "../core/job.ts";
import {
  keyOf,
  type MovedContent,
  type MovedRow,
  type MovedTable,
  movedTables,
  type RowKey,
} from "../store/move.ts";
import type { Store } from "../store/store.ts";

type JobCounts = Record<string, Partial<Record<JobState, number>>>;

/** Reads all that a move moves: counts it, and makes the sum of it. Tells after each batch how far it is. */
export async function contentOf(
  store: Store,
  tell: (table: MovedTable, key: RowKey) => void,
): Promise<MovedContent> {
  const hash = createHash("sha256");
  const jobs: JobCounts = {};
  const counts: Record<MovedTable, number> = {
    jobs: 0,
    unique_keys: 0,
    runs: 0,
    outputs: 0,
    inputs: 0,
    queues: 0,
    starts: 0,
    dependencies: 0,
    endings: 0,
    webhook_events: 0,
    tallies: 0,
    statistics: 0,
    answers: 0,
  };
  for (const table of movedTables) {
    hash.update(`${table}\n`);
    for (let after: RowKey | null = null;;) {
      const rows: MovedRow[] = await store.exportRows(table, after);
      if (rows.length === 0) break;
      hash.update(textOf(rows));
      counts[table] += rows.length;
      if (table === "jobs") countJobs(rows, jobs);
      after = keyOf(table, rows.at(-1)!);
      tell(table, after);
    }
  }
  const { runs, outputs, inputs } = counts;
  return { jobs: sorted(jobs), runs, outputs, inputs, sha256: hash.digest("hex") };
}

/** One line a row, the same whatever store it comes from and in whichever order that has its columns. */
function textOf(rows: readonly MovedRow[]): string {
  const columns = Object.keys(rows[0]!).sort();
  return rows.map((row) =>
    columns.map((column) => {
      const value = row[column];
      return value instanceof Uint8Array ? value.toHex() : JSON.stringify(value);
    }).join() + "\n"
  ).join("");
}

function countJobs(rows: readonly MovedRow[], jobs: JobCounts): void {
  for (const { queue, state } of rows) {
    const byState = jobs[queue as string] ??= {};
    byState[state as JobState] = (byState[state as JobState] ?? 0) + 1;
  }
}

/** In an order that does not depend on that of the jobs. */
function sorted(jobs: JobCounts): JobCounts {
  const byName = <Value>(record: Record<string, Value>) =>
    Object.fromEntries(Object.entries(record).toSorted(([one], [other]) => one < other ? -1 : 1));
  return byName(Object.fromEntries(Object.entries(jobs).map(([queue, states]) => [queue, byName(states)])));
}
