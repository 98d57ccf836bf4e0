/** What a store tells of queues, and what it is told to change of one. */

import type { JobState } from "../core/job.ts";
import type { Demand } from "../core/demand.ts";
import type { Queue } from "../core/queue.ts";

export interface QueueReport {
  readonly queue: Queue;
  readonly byState: Readonly<Record<JobState, number>>;
  /** Pending jobs that have used attempts; they count as pending too. */
  readonly failed: number;
  /** How many of its jobs run now, counted. */
  readonly live: number;
  /** Whether what waits for its keys was looked at since its limit by key has changed. */
  readonly isRegated: boolean;
}

/** Whether there is anything to tell of it: jobs, or settings that are not those of every queue. */
export function isKnown({ queue, byState, isRegated }: QueueReport): boolean {
  const isPlain = queue.state === "open" && queue.limit === null && queue.keyLimit === null &&
    queue.rate === null && queue.throttledUntil === null && queue.webhook === null &&
    Object.keys(queue.defaults).length === 0;
  return !isPlain || !isRegated || Object.values(byState).some((count) => count > 0);
}

/** Ready jobs of one queue that demand the same. */
export interface WaitingKind extends Demand {
  readonly queue: string;
  readonly count: number;
}

/** The most kinds that are told at once. */
export const mostKinds = 1000;
