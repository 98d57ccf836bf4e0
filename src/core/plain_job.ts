import type { NewJob } from "./job.ts";
import { defaultQueueName } from "./queue.ts";

/** Whether every worker takes such a job that takes jobs of the queue `default`, one as well as another. */
export function isPlainJob(job: Pick<NewJob, "queue" | "key" | "needs" | "slots" | "resources">): boolean {
  return job.queue === defaultQueueName && job.key === null && job.needs.length === 0 && job.slots === 1 &&
    Object.keys(job.resources).length === 0;
}
