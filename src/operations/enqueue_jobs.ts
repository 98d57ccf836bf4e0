import { DuplicateJob, QueueError } from "../core/errors.ts";
import { newJobId } from "../core/job_id.ts";
import type { NewJob } from "../core/job.ts";
import type { PayloadJob } from "../core/job_payload.ts";
import { isPlainJob } from "../core/plain_job.ts";
import type { Machine } from "../core/ports.ts";
import { filledIn } from "../core/queue_defaults.ts";
import type { Accepted, OnceRequest, Store } from "../store/store.ts";
import { dropInputs, keepInputs } from "./keep_inputs.ts";

/** What jobs get that neither they nor their queue say. */
export type JobDefaults = Pick<NewJob, "maxRetries" | "priorityStepMs">;

/** How often made-up ids are made up anew when another process made up the same ones at the same time. */
const idTries = 5;

/**
 * Accepts all jobs or none, in their order, and wakes as many idle workers as there are jobs.
 * Throws `DuplicateJob` where a given id is taken. The requests become the jobs: of a million, copies would be felt.
 */
export async function enqueueJobs(
  store: Store,
  machine: Pick<Machine, "clock" | "chance" | "inputs" | "wake">,
  { requests, defaults, traceparent = null, once }: {
    readonly requests: readonly PayloadJob[];
    readonly defaults: JobDefaults;
    /** The trace context in which it is asked for. */
    readonly traceparent?: string | null;
    /** Where the request may come twice. */
    readonly once?: OnceRequest | undefined;
  },
): Promise<Accepted[]> {
  const inputs = await keepInputs(store, machine, requests);
  const queues = await store.queueDefaults([...new Set(requests.map(({ queue }) => queue))]);
  const givenIds = requests.map(({ id }) => id);
  for (let tries = 1;; tries++) {
    const nextId = newJobId(machine.clock.now(), machine.chance);
    const jobs = requests.map((request, index): NewJob =>
      Object.assign(request, filledIn(request, queues.get(request.queue), defaults), {
        id: givenIds[index] ?? nextId(),
        priorityStepMs: defaults.priorityStepMs,
        input: inputs[index]!,
        traceparent,
      })
    );
    try {
      const accepted = await store.enqueue(jobs, once);
      if (accepted.some(({ conflict }) => conflict === "replaced")) machine.wake.wakeWaiters();
      // Who takes the others, nobody here knows.
      const ready = accepted.filter(({ state }) => state === "pending").length;
      machine.wake.wakeIdle(jobs.every(isPlainJob) ? ready : Infinity);
      return accepted;
    } catch (error) {
      const madeUp = error instanceof DuplicateJob && givenIds[error.index] === null;
      if (madeUp && tries < idTries) continue;
      // A store that did not answer may have accepted them all the same.
      if (error instanceof QueueError && error.kind !== "unavailable") dropInputs(machine, inputs);
      throw error;
    }
  }
}
