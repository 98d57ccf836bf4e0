import { formatDemand } from "../core/demand.ts";
import { lackOf, type Wanted } from "../core/lack.ts";
import { stateOf } from "../operations/list_workers.ts";
import type { Session } from "./session.ts";

/** More kinds of jobs that nobody could take are not told one by one. */
const mostTold = 3;

/**
 * Says when none of the workers that are there could ever take a job, and how to start one that could. That there is
 * none at all is said to those who wait for it: who enqueues from a script may start them later.
 */
export async function adviseOnWorkers(
  session: Session,
  jobs: readonly Wanted[],
  { saysNone }: { readonly saysNone: boolean },
): Promise<void> {
  const store = await session.store();
  const now = await store.now();
  const alive = (await store.workers()).filter((worker) =>
    worker.stop === null && stateOf(worker, now) !== "silent"
  );
  if (alive.length === 0) {
    if (saysNone) {
      session.say(`No worker is running. Start one: ${session.commandLine("worker start")}`);
    }
    return;
  }
  const kinds = Map.groupBy(jobs, (job) => `${job.queue} ${formatDemand(job)}`);
  const lacking = [...kinds.values()].flatMap((some) => {
    const wanted: Wanted = some[0]!;
    const lack = lackOf(wanted, alive);
    return lack === null ? [] : [{ lack, count: some.length }];
  });
  for (const { lack, count } of lacking.slice(0, mostTold)) {
    const whose = jobs.length === 1 ? "" : `Of ${count === 1 ? "1 job" : `${count} jobs`}: `;
    session.say(`${whose}${lack.sentence} Start one: ${session.commandLine(lack.fix)}`);
  }
  if (lacking.length > mostTold) session.say(`… and so for ${lacking.length - mostTold} more kinds of jobs.`);
}
