import type { Job, StateFilter } from "../core/job.ts";
import type { Progress } from "../core/run.ts";
import type { Store } from "../store/store.ts";

/** How many jobs are read at once, so that a million of them need little memory. */
const pageSize = 1000;

export interface ListedJob extends Job {
  /** How far its run says that it is, while it is processing; else null. */
  readonly progress: Progress | null;
}

export interface ListRequest {
  readonly state: StateFilter | undefined;
  readonly limit: number | undefined;
}

/** Jobs of a state, oldest first, page by page; with a limit the newest of them. None without a store. */
export async function* listJobs(
  store: Store | null,
  { state, limit }: ListRequest,
): AsyncGenerator<readonly ListedJob[], void> {
  if (store === null) return;
  if (limit !== undefined) {
    yield await withProgress(store, (await store.jobs({ state, order: "newest", limit })).toReversed());
    return;
  }
  for (let after = 0;;) {
    const page = await store.jobs({ state, order: "oldest", after, limit: pageSize });
    if (page.length === 0) return;
    yield await withProgress(store, page);
    after = page.at(-1)!.seq;
  }
}

/** Asks only for those that are processing. */
export async function withProgress(store: Store, jobs: readonly Job[]): Promise<ListedJob[]> {
  const seqs = jobs.filter((job) => job.state === "processing").map((job) => job.seq);
  const told = seqs.length === 0 ? [] : await store.progressOf(seqs);
  const bySeq = new Map(seqs.map((seq, index) => [seq, told[index]!]));
  return jobs.map((job) => ({ ...job, progress: bySeq.get(job.seq) ?? null }));
}
