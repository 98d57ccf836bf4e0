import { parseHost } from "../core/host.ts";
import type { Machine } from "../core/ports.ts";
import type { StopRequest, Store, WorkerRow } from "../store/store.ts";
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
  /** How many workers of other hosts the order is not for. */
  readonly spared: number;
}

/** Orders the workers that exist now to stop, and wakes them. Repeating it never escalates. */
export async function stopWorkers(
  store: Store,
  machine: Machine,
  request: StopRequest,
): Promise<StopResult> {
  // Looked at before the order: a worker that obeys at once is not one that died.
  const isMeant = meantBy(request);
  const before = (await listWorkers(store, machine)).filter(isMeant);
  const gone = before.filter((worker) => worker.state === "gone");
  const isGone = (id: string) => gone.some((worker) => worker.id === id);
  const changed = new Set(await store.requestStop(request));
  machine.wake.wakeAll();
  const all = await store.workers();
  const still = all.filter((worker) => isMeant(worker) && !isGone(worker.id));
  // Who has obeyed and left by now held what was seen before.
  const left = before.filter(({ id }) =>
    changed.has(id) && !isGone(id) && all.every((each) => each.id !== id)
  );
  return {
    told: [...changed].filter((id) => !isGone(id)).length,
    already: still.filter((worker) => !changed.has(worker.id)).length,
    finishing: [...still, ...left].filter((worker) => worker.jobs.length > 0).length,
    gone,
    spared: all.filter((worker) => !isMeant(worker)).length,
  };
}

/** Whether an order to stop is for a worker. */
function meantBy({ hostName }: Pick<StopRequest, "hostName">): (worker: WorkerRow) => boolean {
  return (worker) => hostName === undefined || worker.hostName === hostName;
}

/** The names of the hosts that have workers or supervisors, sorted. */
export async function hostsWithWorkers(store: Store): Promise<string[]> {
  const processes = [...await store.workers(), ...await store.supervisors()];
  return [...new Set(processes.map((each) => parseHost(each.host).name))].toSorted();
}

/**
 * Waits until none of the workers that are told to stop is alive, at most `patienceMs`; tells how many are left
 * whenever that changes. Returns those that are left. One of another host that is silent for its lease counts as gone:
 * if that host is lost, nobody will ever say so.
 */
export async function waitForStop(
  store: Store,
  machine: Machine,
  wait: {
    readonly hostName?: string | undefined;
    readonly patienceMs: number;
    /** `silent` are those of other hosts that count as gone. */
    readonly onLeft: (workers: number, jobs: number, silent: readonly ListedWorker[]) => void;
  },
): Promise<readonly ListedWorker[]> {
  let told = "";
  let left: readonly ListedWorker[] = [];
  await waitUntil(
    async () => {
      const meant = (await listWorkers(store, machine)).filter((each) =>
        meantBy(wait)(each) && each.stop !== null && each.state !== "gone"
      );
      const silent = meant.filter((each) => each.isElsewhere && each.state === "silent");
      left = meant.filter((each) => !silent.includes(each));
      const jobs = left.reduce((sum, worker) => sum + worker.jobs.length, 0);
      if (told !== `${left.length} ${jobs}`) wait.onLeft(left.length, jobs, silent);
      told = `${left.length} ${jobs}`;
      return left.length === 0;
    },
    wait.patienceMs,
    100,
  );
  return left;
}
