import { messageOf } from "../core/errors.ts";
import { formatHost } from "../core/host.ts";
import type { Log, Machine } from "../core/ports.ts";
import type { Store } from "../store/store.ts";

/** Rewrites `workers.pid` from the store: the pids of this host's workers that are alive, one a line. */
export async function refreshPids(store: Store, machine: Machine): Promise<void> {
  const host = formatHost(await machine.host());
  await machine.writePids(async () => {
    const workers = await store.workers();
    return workers.filter((worker) => worker.host === host && machine.processes.exists(worker.pid))
      .map((worker) => worker.pid);
  });
}

/** The same for background processes: the file is for people, so nothing fails with it. */
export async function tryRefreshPids(store: Store, machine: Machine, log: Log): Promise<void> {
  try {
    await refreshPids(store, machine);
  } catch (error) {
    log(`writing workers.pid: ${messageOf(error)}`);
  }
}
