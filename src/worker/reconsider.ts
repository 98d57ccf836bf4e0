import { formatHost } from "../core/host.ts";
import type { Attempt } from "./attempt.ts";
import type { WorkerContext } from "./context.ts";
import { persist } from "./persist.ts";

/**
 * Sees what became of a run whose worker was taken for dead and is back. Held by nobody: taken back. Held by another
 * worker of this host: let go. A newer run, a final state, another host: its processes are ended.
 */
export async function reconsider(context: WorkerContext, attempt: Attempt): Promise<void> {
  const { store, host, workerId, log, trouble } = context;
  const { run, job } = attempt.claimed;
  const held = await persist(trouble, "looking after a run", () => store.heldRun(run.jobSeq));
  // Claimed or taken back since, under the new registration; or settled since, and its wrapper serves another run.
  if (held?.holder?.id === workerId || attempt.isSettled) return;
  const isSameRun = held?.run.number === run.number && held.run.outcome === null;
  if (isSameRun && held.holder === null) {
    const retaken = await persist(trouble, "taking a run back", () => store.takeOver(held.run, workerId));
    if (retaken !== null) return attempt.retake(retaken);
  }
  if (isSameRun && (held.holder === null || held.holder.host === formatHost(host))) {
    log(`job ${job.id}: run ${run.number} is in another worker's hands now`);
    attempt.letGo();
  } else {
    log(
      `job ${job.id}: run ${run.number} is over for everybody else; its processes are ended, its result is late`,
    );
    await attempt.endLost();
  }
}
