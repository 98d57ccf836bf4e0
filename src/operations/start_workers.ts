import { QueueError } from "../core/errors.ts";
import { roughDuration } from "../core/duration.ts";
import type { Machine } from "../core/ports.ts";
import type { Store, WorkerRow } from "../store/store.ts";
import { refuseWrites } from "../store/move.ts";
import { refreshPids } from "./refresh_pids.ts";
import { waitUntil } from "./wait_until.ts";

export interface StartRequest {
  readonly count: number;
  /** The arguments that make this program the supervisor of such workers; its id is added. */
  readonly supervisorArgs: readonly string[];
  /** What is added to its environment. */
  readonly supervisorEnvironment: Readonly<Record<string, string>>;
  /** How long the workers may take to register, in milliseconds. */
  readonly patienceMs: number;
}

/**
 * Starts workers in the background, through a supervisor of their own. Returns when they are registered and alive;
 * throws with the reason when they are not, leaving none of them behind.
 */
export async function startWorkers(
  store: Store,
  machine: Machine,
  request: StartRequest,
): Promise<WorkerRow[]> {
  // Said here and not by a supervisor in its log.
  refuseWrites((await store.moveState()).move, store.info.location);
  const supervisorId = `s${machine.chance.token(7)}`;
  const supervisor = machine.self.launch(
    [...request.supervisorArgs, "--id", supervisorId],
    request.supervisorEnvironment,
  );
  let ended: number | undefined;
  void supervisor.ended.then(({ code }) => ended = code);
  supervisor.release();
  let ours: WorkerRow[] = [];
  let trouble: string | null = null;
  const isUp = await waitUntil(async () => {
    ours = (await store.workers()).filter((worker) =>
      worker.supervisorId === supervisorId && machine.processes.exists(worker.pid)
    );
    trouble = (await store.supervisors()).find((row) => row.id === supervisorId)?.trouble ?? null;
    if (ended !== undefined) trouble ??= `their supervisor ended with exit code ${ended}`;
    return ours.length >= request.count || trouble !== null;
  }, request.patienceMs);
  if (trouble === null && isUp) {
    await refreshPids(store, machine);
    return ours;
  }
  await store.requestStop({ mode: "drain", supervisorId });
  machine.wake.wakeAll();
  const found = trouble ?? `${ours.length} of them are up after ${roughDuration(request.patienceMs)}`;
  throw new QueueError("failed", `Cannot start ${request.count} worker(s): ${found}`, {
    hint: `See the log: ${machine.home}/logs/queuectl.log`,
  });
}
