import { parseHost, relateHosts } from "../core/host.ts";
import type { Machine } from "../core/ports.ts";
import type { Store, WorkerRow } from "../store/store.ts";

/**
 * `silent`: no heartbeat for a lease; it may be stopped or starved. `gone`: its process has ended without a word.
 */
export type WorkerState = "idle" | "busy" | "stopping" | "silent" | "gone";

export interface ListedWorker extends WorkerRow {
  readonly state: WorkerState;
  /** Whether its supervisor is there to replace it. */
  readonly isSupervised: boolean;
  /** Whether it is on another host, so that its pid says nothing here. */
  readonly isElsewhere: boolean;
}

/** Every registered worker, oldest first, with what it is doing. */
export async function listWorkers(store: Store, machine: Machine): Promise<ListedWorker[]> {
  const [workers, supervisors, now, host] = await Promise.all([
    store.workers(),
    store.supervisors(),
    store.now(),
    machine.host(),
  ]);
  const gone = new Set<string>();
  for (const process of [...workers, ...supervisors]) {
    if (await isGone(process, machine)) gone.add(process.id);
  }
  return workers.map((worker) => ({
    ...worker,
    state: gone.has(worker.id) ? "gone" : stateOf(worker, now),
    isSupervised: supervisors.some(({ id }) => id === worker.supervisorId && !gone.has(id)),
    isElsewhere: relateHosts(host, parseHost(worker.host)) === "other",
  }));
}

/** The same by their heartbeats alone: looks at no process, so that nobody is `gone`. */
export async function listWorkersByHeartbeat(store: Store): Promise<ListedWorker[]> {
  const [workers, supervisors, now] = await Promise.all([
    store.workers(),
    store.supervisors(),
    store.now(),
  ]);
  return workers.map((worker) => ({
    ...worker,
    state: stateOf(worker, now),
    isSupervised: supervisors.some(({ id }) => id === worker.supervisorId),
    isElsewhere: false,
  }));
}

type ProcessOfStore = Pick<WorkerRow, "host" | "pid" | "startIdentity">;

/** Whether a process of this host has ended, or its host was started anew since. */
export async function isGone(process: ProcessOfStore, machine: Machine): Promise<boolean> {
  const relation = relateHosts(await machine.host(), parseHost(process.host));
  if (relation !== "same") return relation === "rebooted";
  // A pid that another program has by now names a stranger.
  return !machine.processes.exists(process.pid) ||
    (await machine.processes.identify(process.pid))?.start !== process.startIdentity;
}

/** What a heartbeat alone tells. */
export function stateOf(worker: WorkerRow, now: number): Exclude<WorkerState, "gone"> {
  if (now - worker.heartbeatAt > worker.leaseMs) return "silent";
  if (worker.stop !== null) return "stopping";
  return worker.jobs.length > 0 ? "busy" : "idle";
}
