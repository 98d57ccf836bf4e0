import type { JobOrder } from "../core/job_order.ts";
import type { Job } from "../core/job.ts";
import type { Progress } from "../core/run.ts";
import type { JobFilter } from "../store/job_filter.ts";
import type { Store } from "../store/store.ts";

export interface ListRequest {
  readonly filter: JobFilter;
  /** As they arrived where none is given; then with a limit and no `after` the newest of them, newest last. */
  readonly order?: JobOrder | undefined;
  /** Only those beyond this arrival number; for orders of arrival alone. */
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
  /** Whether nobody waits for the jobs any more. */
  readonly isStopped?: (() => boolean) | undefined;
}

/** How many jobs are read at once, so that a million of them need little memory. */
const pageSize = 1000;

export interface ListedJob extends Job {
  /** How far its run says that it is, while it is processing; else null. */
  readonly progress: Progress | null;
}

/** Jobs page by page. None without a store. */
export async function* listJobs(
  store: Store | null,
  request: ListRequest,
): AsyncGenerator<readonly ListedJob[], void> {
  if (store === null) return;
  for await (const page of readPages(store, request)) yield await withProgress(store, page);
}

/** The first of the jobs that run, in the order of arrival. */
export async function listRunning(store: Store, limit: number): Promise<ListedJob[]> {
  return await withProgress(store, await store.jobs({ state: "processing", order: "oldest", limit }));
}

/** Asks only for those that are processing. */
export async function withProgress(store: Store, jobs: readonly Job[]): Promise<ListedJob[]> {
  const seqs = jobs.filter((job) => job.state === "processing").map((job) => job.seq);
  const told = seqs.length === 0 ? [] : await store.progressOf(seqs);
  const bySeq = new Map(seqs.map((seq, index) => [seq, told[index]!]));
  return jobs.map((job) => ({ ...job, progress: bySeq.get(job.seq) ?? null }));
}

async function* readPages(
  store: Store,
  { filter, order, after, limit, isStopped }: ListRequest,
): AsyncGenerator<readonly Job[], void> {
  if (order !== undefined && order.key !== "created") {
    yield await store.firstJobs(filter, { order, limit: limit ?? Infinity });
  } else if (order === undefined && after === undefined && limit !== undefined) {
    yield (await store.jobs({ ...filter, order: "newest", limit, isStopped })).toReversed();
  } else {
    const pages = { ...filter, order: order?.isDescending ? "newest" : "oldest", after, isStopped } as const;
    yield* pagesOf(store, pages, limit);
  }
}

type Pages = Omit<Parameters<Store["jobs"]>[0], "limit">;

/** All that a filter means in the order of arrival, or the first of them. */
async function* pagesOf(store: Store, pages: Pages, limit = Infinity): AsyncGenerator<Job[], void> {
  let { after } = pages;
  for (let left = limit; left > 0;) {
    const asked = Math.min(left, pageSize);
    const page = await store.jobs({ ...pages, after, limit: asked });
    if (page.length > 0) yield page;
    if (page.length < asked) return;
    after = page.at(-1)!.seq;
    left -= page.length;
  }
}
