import type { Job, JobState } from "../core/job.ts";
import type { Machine } from "../core/ports.ts";
import type { JobFilter } from "../store/job_filter.ts";
import type { Store } from "../store/store.ts";

export interface FinishedSelection {
  readonly states: readonly JobState[];
  /** Without a state. `finishedUntil` tells how old they are at least. */
  readonly filter: JobFilter & { readonly finishedUntil: number };
}

/** A selection as it was at one moment. */
export interface FoundFinished {
  readonly filters: readonly JobFilter[];
  /** No job beyond this arrival number is old enough. */
  readonly through: number;
}

/** How many jobs are deleted by one write, so that none takes long. */
const batchSize = 100;
/** How many are looked for at once. */
const pageSize = 1000;

export async function findFinished(
  store: Store,
  { states, filter }: FinishedSelection,
): Promise<FoundFinished> {
  const spentAt = await store.now();
  return {
    filters: states.map((state) => ({ ...filter, state, spentAt })),
    through: await lastCreatedBy(store, filter.finishedUntil),
  };
}

/**
 * The highest arrival number of a job that was there at an instant: what came later cannot have ended before, and need
 * not be looked at. Found by halving, since jobs arrive in the order of time; where a clock was set back, some jobs may
 * stay until a later look.
 */
async function lastCreatedBy(store: Store, instant: number): Promise<number> {
  const [newest] = await store.jobs({ order: "newest", limit: 1 });
  let [low, high] = [0, newest?.seq ?? 0];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [next] = await store.jobs({ order: "oldest", after: middle, limit: 1 });
    if (next === undefined || next.createdAt > instant) high = middle;
    else low = next.seq;
  }
  return low;
}

export async function countFinished(store: Store, { filters, through }: FoundFinished): Promise<number> {
  let count = 0;
  for (const filter of filters) count += await store.countJobs(filter, through);
  return count;
}

/** Deletes them in small writes, with their files, and gives their room back; `onBatch` is told how many it were so far. */
export async function removeFinished(
  store: Store,
  machine: Pick<Machine, "runs" | "inputs" | "wake">,
  { found: { filters, through }, onBatch = () => {}, isStopped = () => false }: {
    readonly found: FoundFinished;
    readonly onBatch?: (done: number) => void;
    /** Whether what is left is to be left. */
    readonly isStopped?: () => boolean;
  },
): Promise<number> {
  let done = 0;
  for (const filter of filters) {
    for (let after = 0; !isStopped();) {
      const page = await store.jobs({ ...filter, order: "oldest", after, through, limit: pageSize });
      done += await removePage(store, machine, {
        jobs: page,
        filter,
        onBatch: (count) => onBatch(done + count),
        isStopped,
      });
      if (page.length < pageSize) break;
      after = page.at(-1)!.seq;
    }
  }
  if (done > 0) await giveBackAll(store, isStopped);
  return done;
}

/** Deletes some of the jobs that are over. */
export async function removePage(
  store: Store,
  machine: Pick<Machine, "runs" | "inputs" | "wake">,
  { jobs, filter, onBatch, isStopped = () => false }: {
    readonly jobs: readonly Job[];
    readonly filter: JobFilter;
    readonly onBatch: (done: number) => void;
    readonly isStopped?: () => boolean;
  },
): Promise<number> {
  let done = 0;
  for (let from = 0; from < jobs.length && !isStopped(); from += batchSize) {
    const seqs = jobs.slice(from, from + batchSize).map(({ seq }) => seq);
    const { removed, runs, inputFiles } = await store.removeFinished({ seqs, filter });
    for (const file of inputFiles) machine.inputs.remove(file);
    for (const run of runs) machine.runs.remove(machine.runs.base(run.jobSeq, run.number, run.mark));
    done += removed;
    onBatch(done);
    // Others come in between.
    await new Promise((resolve) => setTimeout(resolve));
  }
  machine.wake.wakeWaiters();
  return done;
}

/** Step by step, so that nobody waits long. */
export async function giveBackAll(store: Store, isStopped = () => false): Promise<void> {
  while (!isStopped() && await store.giveBack()) await new Promise((resolve) => setTimeout(resolve));
}
