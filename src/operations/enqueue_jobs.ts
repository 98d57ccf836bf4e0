import { DuplicateJob } from "../core/errors.ts";
import { newJobId } from "../core/job_id.ts";
import type { NewJob } from "../core/job.ts";
import type { PayloadJob } from "../core/job_payload.ts";
import type { Machine } from "../core/ports.ts";
import type { Accepted, Store } from "../store/store.ts";

/** What jobs get that neither they nor their queue say. */
export type JobDefaults = Pick<NewJob, "maxRetries" | "priorityStepMs">;

/** How often made-up ids are made up anew when another process made up the same ones at the same time. */
const idTries = 5;

/**
 * Accepts all jobs or none, in their order, and wakes as many idle workers as there are jobs.
 * Throws `DuplicateJob` where a given id is taken.
 */
export async function enqueueJobs(
  store: Store,
  machine: Pick<Machine, "clock" | "chance" | "wake">,
  { requests, defaults }: { readonly requests: readonly PayloadJob[]; readonly defaults: JobDefaults },
): Promise<Accepted[]> {
  for (let tries = 1;; tries++) {
    const nextId = newJobId(machine.clock.now(), machine.chance);
    const jobs = requests.map((request): NewJob => ({
      ...request,
      ...defaults,
      id: request.id ?? nextId(),
      priority: request.priority ?? 0,
      maxRetries: request.maxRetries ?? defaults.maxRetries,
      hookOf: null,
    }));
    try {
      const accepted = await store.enqueue(jobs);
      // Nobody here knows which of them offers the tags.
      const ready = accepted.filter(({ state }) => state === "pending").length;
      machine.wake.wakeIdle(jobs.some((job) => job.needs.length > 0) ? Infinity : ready);
      return accepted;
    } catch (error) {
      const madeUp = error instanceof DuplicateJob && requests[error.index]!.id === null;
      if (!madeUp || tries === idTries) throw error;
    }
  }
}
