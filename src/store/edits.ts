/** What an edit writes of a waiting job, in the order of parameters that the adapters share. */

import { type Job, type NewJob, sortAt, strictPriorityStepMs } from "../core/job.ts";

/** A step of priority as it is stored: null where priority is strict. */
export function stepOf({ priorityStepMs }: Pick<NewJob, "priorityStepMs">): number | null {
  return priorityStepMs === strictPriorityStepMs ? null : priorityStepMs;
}

/** command, argv, priority, max_retries, timeout_ms, kill_after_ms, run_at, sort_at, updated_at, the job's seq, and queue. */
export function editValues(job: Job): (string | number | null)[] {
  return [
    job.command,
    job.argv === null ? null : JSON.stringify(job.argv),
    job.priority,
    job.maxRetries,
    job.timeoutMs,
    job.killAfterMs,
    job.runAt,
    sortAt(job.runAt, job),
    job.updatedAt,
    job.seq,
    job.queue,
  ];
}
