/** What a live view of a queue shows. */

import type { QueueReport } from "../store/queues.ts";
import type { Counts, Store } from "../store/store.ts";
import { type ListedJob, listRunning } from "./list_jobs.ts";
import { stateOf, type WorkerState } from "./list_workers.ts";
import type { WorkerRow } from "../store/store.ts";

export interface TopFacts {
  readonly now: number;
  readonly counts: Counts;
  readonly queues: readonly QueueReport[];
  readonly workers: readonly (WorkerRow & { readonly state: WorkerState })[];
  /** What runs, what waits for its retry, what was given up: those that are seldom many. */
  readonly jobs: readonly ListedJob[];
}

/** More are not looked through on a screen. */
const most = { running: 200, retrying: 100, dead: 100 };

export async function readTop(store: Store): Promise<TopFacts> {
  const [now, counts, queues, workers, running, retrying, dead] = await Promise.all([
    store.now(),
    store.counts(),
    store.queues(),
    store.workers(),
    listRunning(store, most.running),
    store.jobs({ state: "failed", order: "newest", limit: most.retrying }),
    store.jobs({ state: "dead", order: "newest", limit: most.dead }),
  ]);
  const others = [...retrying, ...dead].map((job) => ({ ...job, progress: null }));
  // One that changed between two of these questions comes once.
  const jobs = [...new Map([...running, ...others].map((job) => [job.id, job])).values()];
  return {
    now,
    counts,
    queues,
    workers: workers.map((worker) => ({ ...worker, state: stateOf(worker, now) })),
    jobs,
  };
}
