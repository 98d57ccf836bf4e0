import type { Job } from "../../core/job.ts";

/** The gate of a job that waits for no others (any more) and is pending from `now` on. */
export function gateOf(job: Pick<Job, "runAt">, now: number): 0 | 1 {
  return job.runAt <= now ? 0 : 1;
}
