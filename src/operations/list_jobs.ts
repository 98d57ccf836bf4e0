import type { Job, StateFilter } from "../core/job.ts";
import type { Store } from "../store/store.ts";

/** How many jobs are read at once, so that a million of them need little memory. */
const pageSize = 1000;

/** Jobs of a state, oldest first, page by page; with a limit the newest of them. None without a store. */
export async function* listJobs(
  store: Store | null,
  { state, limit }: { readonly state: StateFilter | undefined; readonly limit: number | undefined },
): AsyncGenerator<readonly Job[], void> {
  if (store === null) return;
  if (limit !== undefined) {
    yield (await store.jobs({ state, order: "newest", limit })).toReversed();
    return;
  }
  for (let after = 0;;) {
    const page = await store.jobs({ state, order: "oldest", after, limit: pageSize });
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)!.seq;
  }
}
