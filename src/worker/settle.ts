import { messageOf } from "../core/errors.ts";
import { isFinal, type Job } from "../core/job.ts";
import type { RunEnding } from "../core/run.ts";
import { backoffRule } from "../core/settings.ts";
import { goneExitCode, isDelivery } from "../core/webhook_delivery.ts";
import { turnWebhookOff } from "../operations/turn_webhook_off.ts";
import type { Claimed, ClaimRequest, SettleResult } from "../store/store.ts";
import type { WorkerContext } from "./context.ts";
import { passSomeOn } from "./passing.ts";
import { persist } from "./persist.ts";

export interface Settlement {
  /** Asked anew at each try: the run may have come back under a new token. */
  readonly claimed: () => Claimed;
  readonly ending: RunEnding;
  /** What to claim with it, asked anew at each try. */
  readonly nextClaim: () => ClaimRequest | null;
}

/** Settles a run, however often that has to be tried; null where it came late, which is said. */
export async function settle(context: WorkerContext, settlement: Settlement): Promise<SettleResult> {
  const { store, machine, log, trouble } = context;
  const { claimed, ending, nextClaim } = settlement;
  const { job } = claimed();
  const result = await persist(trouble, `settling job ${job.id}`, () =>
    store.settle({
      run: claimed().run,
      ending,
      backoff: backoffRule(context.currentSettings()),
      chance: machine.chance.fraction(),
      next: nextClaim(),
    }));
  if (result === null) {
    log(`job ${job.id}: run ${claimed().run.number} ended late (${ending.outcome}); it is not ours any more`);
  } else {
    if (isFinal(result.state)) machine.wake.wakeWaiters();
    if (result.hasEnds) await passOn(context, job.id);
    if (isDelivery(job) && ending.exitCode === goneExitCode) await turnOff(context, job);
  }
  return result;
}

/** What is left of it, or fails, is found by whoever looks for work next. */
async function passOn(context: WorkerContext, jobId: string): Promise<void> {
  try {
    await passSomeOn(context);
  } catch (error) {
    context.log(`job ${jobId}: its end is not passed on yet: ${messageOf(error)}`);
  }
}

/** Its receiver wants no more. Where that fails, the next one that is told so does it. */
async function turnOff({ store, log }: WorkerContext, { id, webhook }: Job): Promise<void> {
  try {
    for (const queue of await turnWebhookOff(store, webhook!)) {
      log(`queue ${queue}: its webhook is off, since its receiver wants no more (410 Gone, job ${id})`);
    }
  } catch (error) {
    log(`job ${id}: its receiver wants no more, but is not turned off yet: ${messageOf(error)}`);
  }
}
