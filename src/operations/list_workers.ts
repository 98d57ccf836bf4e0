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
}

/** Every registered worker, oldest first, with what it is doing. */
export async function listWorkers(store: Store, machine: Machine): Promise<ListedWorker[]> {
  const [workers, supervisors, now, host] = await Promise.all([
    store.workers(),
    store.supervisors(),
    store.now(),
    machine.host(),
  ]);
  const isGone = (process: { host: string; pid: number }): boolean => {
    const relation = relateHosts(host, parseHost(process.host));
    return relation === "rebooted" || (relation === "same" && !machine.processes.exists(process.pid));
  };
  return workers.map((worker) => ({
    ...worker,
    state: isGone(worker) ? "gone" : stateOf(worker, now),
    isSupervised: supervisors.some((supervisor) =>
      supervisor.id === worker.supervisorId && !isGone(supervisor)
    ),
  }));
}

/** What a heartbeat alone tells. */
export function stateOf(worker: WorkerRow, now: number): Exclude<WorkerState, "gone"> {
  if (now - worker.heartbeatAt > worker.leaseMs) return "silent";
  if (worker.stop !== null) return "stopping";
  return worker.jobs.length > 0 ? "busy" : "idle";
}
