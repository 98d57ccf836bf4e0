/** Rows of a database to values. The schemas are strict, so each column holds the type that its reader here expects. */

import type { AwaitedEnd, Job, JobState } from "../core/job.ts";
import type { DependencyState } from "../core/passed_ends.ts";
import type { Intent, Outcome, Progress, Run } from "../core/run.ts";
import { splitSignals } from "../core/signals.ts";
import { parseDemand, parseResources } from "../core/demand.ts";
import { strictPriorityStepMs } from "../core/job.ts";
import { splitTags } from "../core/tags.ts";
import type { JobLink, LinkedJob, RunRequest, StopMode, SupervisorRow, WorkerRow } from "./store.ts";

/** A row by column names. */
export type SqlRow = Readonly<Record<string, unknown>>;

export function text(row: SqlRow, column: string): string {
  return row[column] as string;
}

export function number(row: SqlRow, column: string): number {
  return row[column] as number;
}

export function textOrNull(row: SqlRow, column: string): string | null {
  return row[column] as string | null;
}

export function numberOrNull(row: SqlRow, column: string): number | null {
  return row[column] as number | null;
}

export function jobOf(row: SqlRow): Job {
  const argv = textOrNull(row, "argv");
  const env = textOrNull(row, "env");
  const rules = textOrNull(row, "rules");
  const meta = textOrNull(row, "meta");
  return {
    seq: number(row, "seq"),
    id: text(row, "id"),
    queue: text(row, "queue"),
    key: textOrNull(row, "limit_key"),
    state: text(row, "state") as JobState,
    reason: textOrNull(row, "reason"),
    priority: number(row, "priority"),
    priorityStepMs: numberOrNull(row, "priority_step_ms") ?? strictPriorityStepMs,
    command: text(row, "command"),
    argv: argv === null ? null : JSON.parse(argv),
    cwd: textOrNull(row, "cwd"),
    env: env === null ? {} : JSON.parse(env),
    stdinBytes: numberOrNull(row, "stdin_bytes"),
    ...parseDemand(text(row, "needs")),
    maxRetries: number(row, "max_retries"),
    timeoutMs: numberOrNull(row, "timeout_ms"),
    killAfterMs: numberOrNull(row, "kill_after_ms"),
    isCancelRequested: number(row, "cancel_requested") === 1,
    rules: rules === null ? null : JSON.parse(rules),
    label: textOrNull(row, "label"),
    meta: meta === null ? {} : JSON.parse(meta),
    expiresAt: numberOrNull(row, "expires_at"),
    openParents: number(row, "open_parents"),
    brokenBy: numberOrNull(row, "broken_by"),
    uniqueKey: textOrNull(row, "unique_key"),
    hookOf: textOrNull(row, "hook_of"),
    webhook: textOrNull(row, "webhook"),
    traceparent: textOrNull(row, "traceparent"),
    attempts: number(row, "attempts"),
    crashes: number(row, "crash_count"),
    snoozes: number(row, "snooze_count"),
    runCount: number(row, "run_count"),
    runAt: number(row, "run_at"),
    createdAt: number(row, "created_at"),
    updatedAt: number(row, "updated_at"),
    startedAt: numberOrNull(row, "started_at"),
    finishedAt: numberOrNull(row, "finished_at"),
    exitCode: numberOrNull(row, "exit_code"),
    lastError: textOrNull(row, "last_error"),
  };
}

export function progressOfRow(row: SqlRow): Progress | null {
  const percent = numberOrNull(row, "progress_percent");
  return percent === null ? null : { percent, text: textOrNull(row, "progress_text") };
}

export function runOf(row: SqlRow): Run {
  return {
    jobSeq: number(row, "job_seq"),
    number: number(row, "number"),
    token: number(row, "token"),
    mark: text(row, "mark"),
    workerId: text(row, "worker_id"),
    adoptedBy: textOrNull(row, "adopted_by"),
    detachedMs: numberOrNull(row, "detached_ms"),
    host: text(row, "host"),
    pid: numberOrNull(row, "pid"),
    startIdentity: textOrNull(row, "start_identity"),
    startedAt: number(row, "started_at"),
    finishedAt: numberOrNull(row, "finished_at"),
    exitCode: numberOrNull(row, "exit_code"),
    signal: textOrNull(row, "signal"),
    outcome: textOrNull(row, "outcome") as Outcome | null,
    intent: textOrNull(row, "intent") as Intent | null,
    error: textOrNull(row, "error"),
    progress: progressOfRow(row),
    publishedAt: numberOrNull(row, "published_at"),
    stdoutBytes: numberOrNull(row, "stdout_bytes"),
    stderrBytes: numberOrNull(row, "stderr_bytes"),
  };
}

export function workerOf(row: SqlRow, held: Pick<WorkerRow, "jobs" | "adopted">): WorkerRow {
  return {
    id: text(row, "id"),
    pid: number(row, "pid"),
    startIdentity: text(row, "start_identity"),
    hostName: text(row, "host_name"),
    host: text(row, "host"),
    supervisorId: textOrNull(row, "supervisor_id"),
    concurrency: number(row, "concurrency"),
    tags: splitTags(text(row, "tags")),
    queues: splitTags(text(row, "queues")),
    resources: parseResources(text(row, "resources")) ?? {},
    held: textOrNull(row, "held"),
    leaseMs: number(row, "lease_ms"),
    version: text(row, "version"),
    beat: number(row, "beat"),
    startedAt: number(row, "started_at"),
    heartbeatAt: number(row, "heartbeat_at"),
    stop: textOrNull(row, "stop") as StopMode | null,
    jobs: held.jobs,
    adopted: held.adopted,
  };
}

export function supervisorOf(row: SqlRow): SupervisorRow {
  return {
    id: text(row, "id"),
    pid: number(row, "pid"),
    startIdentity: text(row, "start_identity"),
    host: text(row, "host"),
    startedAt: number(row, "started_at"),
    stop: textOrNull(row, "stop") as StopMode | null,
    trouble: textOrNull(row, "trouble"),
  };
}

export function requestOf(row: SqlRow): RunRequest {
  return {
    run: { jobSeq: number(row, "seq"), number: number(row, "run_count"), token: number(row, "token") },
    isWatched: row.watched === 1,
    isCancelled: row.cancel_requested === 1,
    signals: splitSignals(textOrNull(row, "asked_signals")),
  };
}

/** A dependency with both of its jobs. */
export function linkOfRow(row: SqlRow): JobLink {
  const jobOfLink = (side: "parent" | "child"): LinkedJob => ({
    seq: number(row, `${side}_seq`),
    id: text(row, `${side}_id`),
    state: text(row, `${side}_state`) as JobState,
    attempts: number(row, `${side}_attempts`),
  });
  return {
    parent: jobOfLink("parent"),
    child: jobOfLink("child"),
    awaits: text(row, "awaits") as AwaitedEnd,
    state: text(row, "link_state") as DependencyState,
  };
}
