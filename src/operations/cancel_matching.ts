import type { Machine } from "../core/ports.ts";
import type { JobFilter } from "../store/job_filter.ts";
import type { Store } from "../store/store.ts";
import { passOnAll } from "./pass_on.ts";

/** What a filter means, as it was at one moment. */
export interface Matching {
  readonly filter: JobFilter;
  /** The highest arrival number then, so that what arrives later is left out. */
  readonly through: number;
  /** How many there were that could be cancelled. */
  readonly count: number;
}

export interface Cancelled {
  /** Jobs that waited. */
  readonly cancelled: number;
  /** Jobs whose runs are to be ended. */
  readonly ending: number;
}

/** The jobs that could be cancelled, waiting and running. */
export async function findUnfinished(store: Store, filter: JobFilter): Promise<Matching> {
  const [newest] = await store.jobs({ order: "newest", limit: 1 });
  const count = await store.countJobs({ ...filter, isUnfinished: true });
  return { filter, through: newest?.seq ?? 0, count };
}

/** Cancels them in batches; each job is treated by what it is by then. `onBatch` is told how many it were so far. */
export async function cancelMatching(
  store: Store,
  machine: Pick<Machine, "wake">,
  { matching: { filter, through }, onBatch }: {
    readonly matching: Matching;
    readonly onBatch: (done: number) => void;
  },
): Promise<Cancelled> {
  const sum = { cancelled: 0, ending: 0 };
  for (let after = 0;;) {
    const batch = await store.cancelMany(filter, { after, through });
    if (batch === null) break;
    if (batch.ending > 0) machine.wake.wakeAll();
    machine.wake.wakeWaiters();
    sum.cancelled += batch.cancelled;
    sum.ending += batch.ending;
    onBatch(sum.cancelled + sum.ending);
    after = batch.last;
  }
  await passOnAll(store, machine);
  return sum;
}
