/** Claims as tests make them. */

import type { Claimed, Store } from "../../src/store/store.ts";

/** Ids of what a worker is handed, in that order. */
export async function take(
  store: Store,
  workerId: string,
  queues: readonly string[],
  limit = 99,
): Promise<string[]> {
  return (await takeRuns(store, workerId, queues, limit)).map(({ job }) => job.id);
}

export async function takeRuns(
  store: Store,
  workerId: string,
  queues: readonly string[],
  limit = 99,
): Promise<readonly Claimed[]> {
  const { claimed } = await store.claim({ workerId, queues, limit, newMark: () => "m" });
  return claimed!;
}

export async function regateAll(store: Store): Promise<void> {
  while (await store.regate());
}
