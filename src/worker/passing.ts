import { deathHook } from "../core/death_hook.ts";
import { type Job, type NewJob, strictPriorityStepMs } from "../core/job.ts";
import { newJobId } from "../core/job_id.ts";
import { passOnSome } from "../operations/pass_on.ts";
import type { WorkerContext } from "./context.ts";

type Passing = Pick<WorkerContext, "store" | "machine" | "currentSettings">;

/** Passes some ends of jobs on: to those that wait for them, and to the hook of dead ones. Whether to look again at once. */
export async function passSomeOn(context: Passing): Promise<boolean> {
  const { store, machine } = context;
  const passed = await passOnSome(store, machine);
  const hookOf = hookMaker(context);
  const deaths = await store.passOnDeaths(hookOf);
  if (hookOf !== null && deaths > 0) machine.wake.wakeIdle(deaths);
  return passed.hasMore || passed.opened > 0 || deaths > 0;
}

/** What makes the hook of a dead job, as the settings have it now, or null. */
function hookMaker({ machine, currentSettings }: Passing): ((dead: Job) => NewJob) | null {
  const { on_dead: command, max_retries: maxRetries, priority_ageing: ageing } = currentSettings();
  if (command === null) return null;
  const nextId = newJobId(machine.clock.now(), machine.chance);
  const priorityStepMs = ageing ?? strictPriorityStepMs;
  return (dead) => deathHook(dead, { id: nextId(), command, maxRetries, priorityStepMs });
}
