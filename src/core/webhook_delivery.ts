/** A webhook as a job of its own: it posts what has become of another job, and is tried again for three days. */

import { type Job, type NewJob, quoteWords, strictPriorityStepMs } from "./job.ts";
import { longestAnswerMs } from "./limits.ts";
import { webhooksQueue } from "./queue.ts";

/** The end of a job that a webhook is to be told of. */
export interface WebhookEvent {
  /** Of the event, of the job that tells of it, and of what is posted: the same in each attempt. */
  readonly id: string;
  readonly url: string;
  /** As it was when it ended, whatever has become of it since. */
  readonly job: Job;
}

/** What one attempt posts, and where. */
export interface WebhookPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long an answer is waited for, in milliseconds. */
  readonly timeoutMs: number;
}

/** What came of an attempt: an answer with the beginning of its body, or why there was none. */
export type WebhookAnswer =
  | { readonly status: number; readonly statusText: string; readonly body: string }
  | { readonly failure: string };

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
/** The waits between its attempts, as Standard Webhooks recommend them: three days in all. */
export const deliveryWaits: readonly number[] = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];
export const deliveryAttempts = deliveryWaits.length + 1;
/** Of attempts that failed together, so that they do not all come again together. */
const jitter = 0.1;
/** For starting the process that posts, beside the time in which an answer must be there; milliseconds. */
const marginMs = 30 * second;
/** How many of them a worker runs at once, beside its other jobs: who waits for a slow receiver keeps no slot from them. */
export const deliverySlots = 2;

/** The exit code by which an attempt says that the receiver wants no more (410 Gone): none is made after it. */
export const goneExitCode = 3;

/** The command of ours that posts. The program itself stands for the first word. */
export const deliveryWords = ["queuectl", "webhook", "post"] as const;

/** What has happened, such as job.completed. */
export function eventTypeOf({ state }: Pick<Job, "state">): string {
  return `job.${state}`;
}

/** Whether a job posts to its webhook, and does not only have one. */
export function isDelivery({ hookOf, webhook }: Pick<Job, "hookOf" | "webhook">): boolean {
  return hookOf !== null && webhook !== null;
}

/** The job that posts this body. With the receiver as its key, so that a key limit is one by receiver. */
export function deliveryOf({ id, url, job }: WebhookEvent, body: Uint8Array): NewJob {
  return {
    id,
    queue: webhooksQueue,
    key: new URL(url).host,
    priority: 0,
    priorityStepMs: strictPriorityStepMs,
    command: quoteWords(deliveryWords),
    argv: deliveryWords,
    cwd: null,
    env: {},
    input: { content: body },
    needs: [],
    slots: 1,
    resources: {},
    after: [],
    unique: null,
    hookOf: job.id,
    webhook: url,
    maxRetries: deliveryAttempts,
    timeoutMs: longestAnswerMs + marginMs,
    killAfterMs: null,
    rules: { deadCodes: [goneExitCode], waits: deliveryWaits, backoffJitter: jitter },
    label: `${eventTypeOf(job)}: ${job.id}`,
    meta: {},
    traceparent: job.traceparent,
    due: { afterMs: 0 },
    expires: null,
  };
}
