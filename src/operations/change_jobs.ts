/** What people ask of jobs that are there: cancel, signal, retry, remove. */

import { QueueError, unknownJob } from "../core/errors.ts";
import type { JobState } from "../core/job.ts";
import type { Machine } from "../core/ports.ts";
import type { JobSignal } from "../core/signals.ts";
import type { RetryRequest, Store } from "../store/store.ts";
import { passOnAll } from "./pass_on.ts";

/** Cancels jobs, in their order; those that are over already are left as they are. Returns the states they were in. */
export async function cancelJobs(
  store: Store,
  machine: Pick<Machine, "wake">,
  ids: readonly string[],
): Promise<JobState[]> {
  const states: JobState[] = [];
  for (const id of ids) states.push(await store.cancel(id) ?? refuseUnknown(id, "cancel"));
  if (states.includes("processing")) machine.wake.wakeAll();
  machine.wake.wakeWaiters();
  await passOnAll(store, machine);
  return states;
}

/** Has the runs of processing jobs sent a signal. Stops at the first job that is not processing: throws. */
export async function signalJobs(
  store: Store,
  machine: Pick<Machine, "wake">,
  { ids, signal }: { readonly ids: readonly string[]; readonly signal: JobSignal },
): Promise<void> {
  for (const id of ids) {
    const action = `send ${signal} to`;
    const found = await store.requestSignal(id, signal) ?? refuseUnknown(id, action);
    if (found !== "processing") throw refuse(`Cannot ${action} job "${id}": it is ${found}`, id);
    machine.wake.wakeAll();
  }
}

export interface RetryOptions {
  readonly from: RetryRequest["from"];
  /** Whether the jobs that their ends have cancelled wait for them again. */
  readonly cascade: boolean;
}

export interface RetriedJobs {
  /** The states that they were found in. */
  readonly states: readonly JobState[];
  /** How many jobs that were cancelled because of how these had ended wait again. */
  readonly revived: number;
  /** How many are still cancelled. */
  readonly left: number;
}

/**
 * Makes jobs pending and due now, attempts reset, history kept; those that still wait for others are blocked again.
 * Stops at the first that cannot be: throws.
 */
export async function retryJobs(
  store: Store,
  machine: Pick<Machine, "wake">,
  { ids, from, cascade }: RetryOptions & { readonly ids: readonly string[] },
): Promise<RetriedJobs> {
  // So that what their ends mean is known to all that waited for them.
  await passOnAll(store, machine);
  const broken = cascade ? await store.countBroken(ids) : 0;
  const states: JobState[] = [];
  for (const id of ids) {
    const found = await store.retry({ id, from, cascade }) ?? refuseUnknown(id, "retry");
    if (from === "dead" && found !== "dead") {
      throw refuse(`Cannot retry job "${id}" from the dead letter queue: it is ${found}, not dead`, id);
    }
    if (found === "processing" || found === "blocked") {
      throw refuse(`Cannot retry job "${id}": it is ${found}`, id);
    }
    // Which of them offers the tags that it needs, nobody here knows.
    machine.wake.wakeIdle(Infinity);
    states.push(found);
  }
  await passOnAll(store, machine);
  const left = await store.countBroken(ids);
  return { states, revived: Math.max(0, broken - left), left };
}

/** Deletes jobs with their history and output. Returns the states they were in; stops at the first that cannot be: throws. */
export async function removeJobs(
  store: Store,
  machine: Pick<Machine, "runs" | "inputs" | "wake">,
  ids: readonly string[],
): Promise<JobState[]> {
  // What has ended is waited for by nobody then.
  await passOnAll(store, machine);
  const states: JobState[] = [];
  for (const id of ids) {
    const removed = await store.remove(id) ?? refuseUnknown(id, "remove");
    if (removed.state === "processing") {
      throw refuse(
        `Cannot remove job "${id}": it is processing`,
        id,
        `Cancel it first: queuectl cancel ${id}`,
      );
    }
    if (removed.awaitedBy !== null) {
      throw refuse(
        `Cannot remove job "${id}": job ${removed.awaitedBy} waits for it`,
        id,
        `See which wait for it: queuectl graph ${id}`,
      );
    }
    machine.wake.wakeWaiters();
    for (const run of removed.runs) machine.runs.remove(machine.runs.base(run.jobSeq, run.number, run.mark));
    if (removed.inputFile !== null) machine.inputs.remove(removed.inputFile);
    states.push(removed.state);
  }
  return states;
}

function refuseUnknown(id: string, action: string): never {
  throw unknownJob(id, action);
}

function refuse(found: string, id: string, hint = `Look at it: queuectl show ${id}`): QueueError {
  return new QueueError("refused", found, { hint });
}
