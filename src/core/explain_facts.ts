/** What is to be known to explain what holds a job, and what is said of it. */

import type { Demand, Resources } from "./demand.ts";
import type { Job } from "./job.ts";
import type { Queue } from "./queue.ts";

/** What may hold a job, in the order in which it is asked. */
export const gates = [
  "ended",
  "running",
  "silent_worker",
  "expired",
  "parents",
  "delay",
  "backoff",
  "paused",
  "throttle",
  "rate",
  "queue_limit",
  "key_limit",
  "no_worker",
  "queue",
  "tags",
  "slots",
  "resource",
  "host",
  "busy",
  "ready",
] as const;
export type Gate = (typeof gates)[number];

export interface Verdict {
  readonly gate: Gate;
  /** When that will be over by itself, in UTC milliseconds, or null where nobody knows. */
  readonly until: number | null;
  readonly sentence: string;
  /** A call that would help: the words after `queuectl`. */
  readonly fix: string | null;
  /** What else is to be known, by names. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface ExplainedParent {
  readonly id: string;
  readonly state: string;
  /** The end that is waited for: completed, ended (however), dead. */
  readonly awaits: string;
}

export interface ExplainedHolder {
  readonly workerId: string;
  readonly hostName: string;
  readonly runNumber: number;
  readonly startedAt: number;
  /** Null where its worker is not registered any more, or its process has ended. */
  readonly heartbeatAt: number | null;
  /** After this instant a worker of another host takes the run for lost, unless it is heard of again. */
  readonly lostAt: number | null;
  readonly isSilent: boolean;
  readonly isAdopted: boolean;
}

export interface ExplainedQueue {
  readonly settings: Queue;
  /** How many of its jobs run. */
  readonly live: number;
  /** How many jobs of the same key run. */
  readonly keyLive: number;
  /** How many that arrived before it wait with the same key, and are due. */
  readonly keyAhead: number;
  /** When its rate lets the next job start, or null where it would do so now. */
  readonly rateFreeAt: number | null;
}

export interface ExplainedWorker {
  readonly id: string;
  readonly host: string;
  readonly hostName: string;
  readonly queues: readonly string[];
  readonly tags: readonly string[];
  readonly concurrency: number;
  readonly resources: Resources;
  /** Whether it is heard of, and not told to stop. */
  readonly isAvailable: boolean;
  /** Why it claims nothing for now, or null. */
  readonly held: string | null;
  /** What the jobs that it holds demand. */
  readonly holds: readonly Pick<Demand, "slots" | "resources">[];
}

export interface ExplainFacts {
  readonly now: number;
  readonly job: Job;
  /** Of those that it waits for some, the first ones. */
  readonly parents: readonly ExplainedParent[];
  readonly queue: ExplainedQueue;
  readonly workers: readonly ExplainedWorker[];
  /** How many jobs that are ready go before it. */
  readonly ahead: number;
  /** Of a job that is processing. */
  readonly holder: ExplainedHolder | null;
}

export function verdict(gate: Gate, sentence: string, rest: Partial<Verdict> = {}): Verdict {
  return { gate, sentence, until: null, fix: null, details: {}, ...rest };
}
