/** What only the store can count of what holds a job that waits. */

import type { AwaitedEnd, Job, JobState } from "../core/job.ts";

export interface OpenParent {
  readonly id: string;
  readonly state: JobState;
  readonly awaits: AwaitedEnd;
}

export interface GateFacts {
  /** Of the jobs that it waits for the first ones, by arrival. */
  readonly parents: readonly OpenParent[];
  /** How many jobs of its queue and key run; 0 without a key. */
  readonly keyLive: number;
  /** How many of these that arrived before it wait, and were found to be due. */
  readonly keyAhead: number;
  /** When its queue's rate lets the next job start, or null where it would do so now. */
  readonly rateFreeAt: number | null;
  /** How many jobs of its queue that are ready go before it. */
  readonly ahead: number;
}

/** A job of which that is asked. */
export type GatedJob = Pick<Job, "seq" | "queue" | "key" | "runAt" | "priority" | "priorityStepMs">;

/** How many of its parents are named. */
export const mostParents = 10;
