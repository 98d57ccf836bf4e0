/** Sample values for tests of the store: what a request, a worker or an ending looks like. */

import type { RunOrder } from "../../src/core/ports.ts";
import { type NewJob, strictPriorityStepMs } from "../../src/core/job.ts";
import type { Outcome, RunEnding } from "../../src/core/run.ts";
import type { Claimed, NewWorker, SettleRequest, Store } from "../../src/store/store.ts";

export function newJob(id: string, fields: Partial<NewJob> = {}): NewJob {
  return {
    id,
    queue: "default",
    key: null,
    priority: 0,
    priorityStepMs: strictPriorityStepMs,
    command: "true",
    argv: null,
    cwd: "/",
    env: {},
    input: null,
    needs: [],
    slots: 1,
    resources: {},
    after: [],
    unique: null,
    hookOf: null,
    webhook: null,
    maxRetries: 3,
    timeoutMs: null,
    killAfterMs: null,
    rules: null,
    label: null,
    meta: {},
    due: { afterMs: 0 },
    expires: null,
    ...fields,
  };
}

export function newWorker(id: string, fields: Partial<NewWorker> = {}): NewWorker {
  return {
    id,
    pid: 4711,
    startIdentity: "1",
    hostName: "here",
    host: "here|m|b|p",
    supervisorId: null,
    concurrency: 1,
    tags: [],
    queues: ["default"],
    resources: {},
    leaseMs: 30_000,
    version: "0",
    ...fields,
  };
}

export function ending(outcome: Outcome, fields: Partial<RunEnding> = {}): RunEnding {
  return {
    outcome,
    exitCode: outcome === "completed" ? 0 : outcome === "failed" ? 1 : null,
    signal: null,
    error: outcome === "completed" ? null : `it ${outcome}`,
    pid: 1234,
    startIdentity: "99",
    stdout: null,
    stderr: null,
    ...fields,
  };
}

export function settlement(
  claimed: Claimed,
  outcome: Outcome,
  fields: Partial<RunEnding> = {},
): SettleRequest {
  return {
    run: claimed.run,
    ending: ending(outcome, fields),
    backoff: { waits: "exponential", base: 2, maxMs: null, jitter: 0 },
    chance: 0.5,
    next: null,
  };
}

/** Claims one job for a worker, or null. */
export async function claimOne(store: Store, workerId: string): Promise<Claimed | null> {
  const result = await store.claim({ workerId, queues: ["default"], limit: 1, newMark: () => "m" });
  return result.claimed?.[0] ?? null;
}

/** The order of a run that nothing is special about, except what is given. */
export function newOrder(base: string, cwd: string, fields: Partial<RunOrder> = {}): RunOrder {
  return {
    base,
    command: ":",
    argv: null,
    shell: "/bin/sh",
    cwd,
    stdin: null,
    env: {},
    variables: {
      QUEUECTL_JOB_ID: "job1",
      QUEUECTL_ATTEMPT: "1",
      QUEUECTL_QUEUE: "default",
      QUEUECTL_RUN: "mark1",
    },
    ...fields,
  };
}
