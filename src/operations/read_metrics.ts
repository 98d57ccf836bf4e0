/** The facts that metrics are made of, as they are at one moment. */

import type { QueueReport } from "../store/queues.ts";
import type { OldestWaiting, Statistics } from "../store/statistics.ts";
import type { Store, StoreInfo } from "../store/store.ts";
import { stateOf } from "./list_workers.ts";

export interface MetricsFacts {
  readonly store: Pick<StoreInfo, "driver" | "schemaVersion">;
  readonly now: number;
  readonly queues: readonly QueueReport[];
  readonly delayed: number;
  readonly oldest: readonly OldestWaiting[];
  /** Of all runs that ever ended. */
  readonly statistics: Statistics;
  /** How many workers are in each state, as their heartbeats tell. */
  readonly workers: Readonly<Record<"idle" | "busy" | "stopping" | "silent", number>>;
  /** How many jobs those that are not silent may run at once. */
  readonly slots: number;
  readonly lostLeases: number;
}

/** Costs the same however many jobs there were. */
export async function readMetrics(store: Store): Promise<MetricsFacts> {
  const [queues, counts, oldest, statistics, rows, lostLeases, now] = await Promise.all([
    store.queues(),
    store.counts(),
    store.oldestWaiting(),
    store.statistics({ from: null, by: "queue" }),
    store.workers(),
    store.lostLeases(),
    store.now(),
  ]);
  const workers = { idle: 0, busy: 0, stopping: 0, silent: 0 };
  for (const row of rows) workers[stateOf(row, now)]++;
  const slots = rows.filter((row) => stateOf(row, now) !== "silent").reduce(
    (sum, row) => sum + row.concurrency,
    0,
  );
  const { driver, schemaVersion } = store.info;
  const { delayed } = counts;
  return {
    store: { driver, schemaVersion },
    now,
    queues,
    delayed,
    oldest,
    statistics,
    workers,
    slots,
    lostLeases,
  };
}
