import { DuplicateJob } from "../core/errors.ts";
import { newJobId } from "../core/job_id.ts";
import type { NewJob } from "../core/job.ts";
import type { Machine } from "../core/ports.ts";
import type { Accepted, Store } from "../store/store.ts";

/** A checked request; a job without an id gets one. */
export type JobRequest = Omit<NewJob, "id"> & { readonly id: string | null };

/** How often made-up ids are made up anew when another process made up the same ones at the same time. */
const idTries = 5;

/**
 * Accepts all jobs or none, in their order, and wakes as many idle workers as there are jobs.
 * Throws `DuplicateJob` where a given id is taken.
 */
export async function enqueueJobs(
  store: Store,
  machine: Pick<Machine, "clock" | "chance" | "wake">,
  requests: readonly JobRequest[],
): Promise<Accepted[]> {
  for (let tries = 1;; tries++) {
    const nextId = newJobId(machine.clock.now(), machine.chance);
    const jobs = requests.map((request) => ({ ...request, id: request.id ?? nextId() }));
    try {
      const accepted = await store.enqueue(jobs);
      // Nobody here knows which of them offers the tags.
      machine.wake.wakeIdle(jobs.some((job) => job.needs.length > 0) ? Infinity : jobs.length);
      return accepted;
    } catch (error) {
      const madeUp = error instanceof DuplicateJob && requests[error.index]!.id === null;
      if (!madeUp || tries === idTries) throw error;
    }
  }
}
