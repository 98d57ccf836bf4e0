import type { Machine } from "../core/ports.ts";
import type { StopRequest, Store } from "../store/store.ts";
import { type ListedWorker, listWorkers } from "./list_workers.ts";
import { waitUntil } from "./wait_until.ts";

export interface StopResult {
  /** Workers that are told to stop now. */
  readonly told: number;
  /** Workers that had been told the same before. */
  readonly already: number;
  /** Of all these, how many still have jobs in their hands. */
  readonly finishing: number;
  /** Workers whose process had ended before; the next worker that starts adopts what they held. */
  readonly gone: readonly ListedWorker[];
}

/** Orders the workers that exist now to stop, and wakes them. Repeating it never escalates. */
export async function stopWorkers(
  store: Store,
  machine: Machine,
  request: StopRequest,
): Promise<StopResult> {
  // Looked at before the order: a worker that obeys at once is not one that died.
  const before = await listWorkers(store, machine);
  const gone = before.filter((worker) => worker.state === "gone");
  const isGone = (id: string) => gone.some((worker) => worker.id === id);
  const changed = new Set(await store.requestStop(request));
  machine.wake.wakeAll();
  const still = (await store.workers()).filter((worker) => !isGone(worker.id));
  return {
    told: [...changed].filter((id) => !isGone(id)).length,
    already: still.filter((worker) => !changed.has(worker.id)).length,
    finishing: still.filter((worker) => worker.jobs.length > 0).length,
    gone,
  };
}

/**
 * Waits until none of the workers that are told to stop is alive, at most `patienceMs`; tells how many are left
 * whenever that changes. Returns those that are left.
 */
export async function waitForStop(
  store: Store,
  machine: Machine,
  wait: { readonly patienceMs: number; readonly onLeft: (workers: number, jobs: number) => void },
): Promise<readonly ListedWorker[]> {
  let told = "";
  let left: readonly ListedWorker[] = [];
  await waitUntil(
    async () => {
      left = (await listWorkers(store, machine)).filter((each) =>
        each.stop !== null && each.state !== "gone"
      );
      const jobs = left.reduce((sum, worker) => sum + worker.jobs.length, 0);
      if (told !== `${left.length} ${jobs}`) wait.onLeft(left.length, jobs);
      told = `${left.length} ${jobs}`;
      return left.length === 0;
    },
    wait.patienceMs,
    100,
  );
  return left;
}
