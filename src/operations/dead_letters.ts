import type { DeadGroup } from "../core/dead_group.ts";
import { type ErrorGroup, errorGroupOf } from "../core/error_group.ts";
import type { Job } from "../core/job.ts";
import type { Machine } from "../core/ports.ts";
import type { JobFilter } from "../store/job_filter.ts";
import type { RetriedDead, Store } from "../store/store.ts";
import { passOnAll } from "./pass_on.ts";

/** Dead jobs of which a filter is true, of one group where one is named. */
export interface DeadSelection {
  readonly filter: JobFilter;
  readonly group: string | null;
}

/** A selection as it was at one moment. */
export interface FoundDead extends DeadSelection {
  /** The highest arrival number then, so that what arrives later is left out. */
  readonly through: number;
  readonly count: number;
}

/** How many jobs are changed by one write. */
const batchSize = 500;

export async function findDead(store: Store, selection: DeadSelection): Promise<FoundDead> {
  const [newest] = await store.jobs({ order: "newest", limit: 1 });
  const through = newest?.seq ?? 0;
  const filter = { ...selection.filter, state: "dead" as const };
  const found = { filter, group: selection.group, through };
  if (selection.group === null) return { ...found, count: await store.countJobs(filter) };
  let count = 0;
  for await (const page of deadPages(store, found)) count += page.length;
  return { ...found, count };
}

/** Those that are found, page by page, oldest first. */
export async function* deadPages(
  store: Store,
  { filter, group, through }: Omit<FoundDead, "count">,
): AsyncGenerator<readonly Job[], void> {
  for (let after = 0;;) {
    const page = await store.jobs({ ...filter, order: "oldest", after, through, limit: batchSize });
    const meant = group === null ? page : page.filter((job) => errorGroupOf(job).id === group);
    if (meant.length > 0) yield meant;
    if (page.length < batchSize) return;
    after = page.at(-1)!.seq;
  }
}

/** The groups of dead jobs, the largest first. */
export async function groupDead(store: Store, filter: JobFilter): Promise<DeadGroup[]> {
  const groups = new Map<string, DeadGroup>();
  const all = {
    filter: { ...filter, state: "dead" as const },
    group: null,
    through: Number.MAX_SAFE_INTEGER,
  };
  for await (const page of deadPages(store, all)) {
    for (const job of page) {
      const group = errorGroupOf(job);
      groups.set(group.id, grown(groups.get(group.id), group, job));
    }
  }
  return [...groups.values()].toSorted((one, other) =>
    other.count - one.count || other.newestAt - one.newestAt || (one.id < other.id ? -1 : 1)
  );
}

function grown(known: DeadGroup | undefined, group: ErrorGroup, job: Job): DeadGroup {
  const diedAt = job.finishedAt!;
  if (known === undefined) {
    return {
      ...group,
      count: 1,
      oldestAt: diedAt,
      newestAt: diedAt,
      example: job.id,
      queues: [job.queue],
    };
  }
  const isNewest = diedAt >= known.newestAt;
  return {
    ...known,
    count: known.count + 1,
    oldestAt: Math.min(known.oldestAt, diedAt),
    newestAt: isNewest ? diedAt : known.newestAt,
    example: isNewest ? job.id : known.example,
    queues: known.queues.includes(job.queue) ? known.queues : [...known.queues, job.queue].sort(),
  };
}

/** Retries them in batches, each due `stepMs` after the one before; `onBatch` is told how many it were so far. */
export async function retryFound(
  store: Store,
  machine: Pick<Machine, "wake">,
  { found, stepMs, cascade, onBatch }: {
    readonly found: FoundDead;
    /** Null for all of them now. */
    readonly stepMs: number | null;
    /** Whether the jobs that their ends have cancelled wait for them again. */
    readonly cascade: boolean;
    readonly onBatch: (done: number) => void;
  },
): Promise<RetriedDead> {
  // So that what their ends mean is known to all that waited for them.
  await passOnAll(store, machine);
  const startAt = await store.now();
  const sum = { retried: 0, withoutKey: 0 };
  for await (const page of deadPages(store, found)) {
    const due = stepMs === null ? null : { at: startAt + Math.floor(sum.retried * stepMs), stepMs };
    const batch = await store.retryDead({
      seqs: page.map(({ seq }) => seq),
      filter: found.filter,
      due,
      cascade,
    });
    sum.retried += batch.retried;
    sum.withoutKey += batch.withoutKey;
    machine.wake.wakeIdle(Infinity);
    onBatch(sum.retried);
  }
  await passOnAll(store, machine);
  return sum;
}
