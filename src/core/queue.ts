/** Queues: named lines of jobs, with limits that hold across all workers and hosts. */

import type { JobRules } from "./job.ts";

/** The queue of jobs that name none. */
export const defaultQueueName = "default";

/** The queue of the jobs that post webhooks. Every worker takes these, and nobody enqueues others into it. */
export const webhooksQueue = "webhooks";

/** `paused`: accepts jobs, starts none. `draining`: starts what it has, accepts no more. */
export const queueStates = ["open", "paused", "draining"] as const;
export type QueueState = (typeof queueStates)[number];

/** At most `count` starts in any `perMs` milliseconds. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/** What jobs of a queue get that do not say it themselves; what is left out is as the settings have it. */
export interface QueueDefaults {
  readonly priority?: number;
  readonly maxRetries?: number;
  readonly timeoutMs?: number;
  readonly killAfterMs?: number;
  readonly rules?: Pick<JobRules, "waits" | "backoffBase" | "backoffMaxMs" | "backoffJitter">;
}

export interface Queue {
  readonly name: string;
  readonly state: QueueState;
  /** How many of its jobs run at once, or null for any number. */
  readonly limit: number | null;
  /** How many of its jobs with the same key run at once, or null for any number. */
  readonly keyLimit: number | null;
  readonly rate: Rate | null;
  /** Nothing starts before this instant (UTC milliseconds), or null. */
  readonly throttledUntil: number | null;
  readonly defaults: QueueDefaults;
  /** The URL that the ends of its jobs are posted to, where they name none themselves; or null. */
  readonly webhook: string | null;
}

/** A queue of which nothing was set. */
export function plainQueue(name: string): Queue {
  return {
    name,
    state: "open",
    limit: null,
    keyLimit: null,
    rate: null,
    throttledUntil: null,
    defaults: {},
    webhook: null,
  };
}

export const queueRule =
  "a queue's name is 1 to 64 letters, digits and . _ -, and begins with a letter or digit";
export const keyRule = "a key is 1 to 200 characters of one line";

export function isQueueName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/** A queue's name, a prefix with `*` after it, or `*` alone for every queue. */
export function isQueuePattern(text: string): boolean {
  return text === "*" || isQueueName(text.endsWith("*") ? text.slice(0, -1) : text);
}

export function isMatch(pattern: string, queue: string): boolean {
  return pattern.endsWith("*") ? queue.startsWith(pattern.slice(0, -1)) : queue === pattern;
}

/** Whether a worker that was started for these queues takes jobs of a queue. */
export function takesQueue(patterns: readonly string[], queue: string): boolean {
  return queue === webhooksQueue || patterns.some((pattern) => isMatch(pattern, queue));
}

/** What jobs of a key share: a line of text, without control characters. */
export function isKey(text: string): boolean {
  // deno-lint-ignore no-control-regex -- these are the ones that are refused
  return text !== "" && text.length <= 200 && !/[\u0000-\u001f\u007f]/.test(text) && text.isWellFormed();
}
