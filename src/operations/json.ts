/** The JSON shapes that are promised: fields are only ever added. See the help topic "json". */

import type { DeadGroup } from "../core/dead_group.ts";
import { formatDuration } from "../core/duration.ts";
import { parseHost } from "../core/host.ts";
import type { JobRules, JobState } from "../core/job.ts";
import type { JobEnd } from "../core/job_end.ts";
import type { RuleField } from "../core/rules_payload.ts";
import { shownWebhook } from "../core/webhook_url.ts";
import type { OldestWaiting } from "../store/statistics.ts";
import type { Accepted, Counts, StopMode, WorkerRow } from "../store/store.ts";
import type { JobGraph } from "./job_graph.ts";
import type { ListedJob } from "./list_jobs.ts";
import type { ListedWorker } from "./list_workers.ts";
import type { StopResult } from "./stop_workers.ts";
import type { ShownJob, ShownRun } from "./show_job.ts";

/** An instant as ISO 8601 in UTC, or null. */
export function isoTime(ms: number): string;
export function isoTime(ms: number | null): string | null;
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

export function jobJson(job: ListedJob) {
  return {
    id: job.id,
    arrival: job.seq,
    command: job.command,
    argv: job.argv,
    state: job.state,
    reason: job.reason,
    attempts: job.attempts,
    max_retries: job.maxRetries,
    rules: job.rules === null ? null : rulesJson(job.rules),
    snoozes: job.snoozes,
    priority: job.priority,
    queue: job.queue,
    cwd: job.cwd,
    env: job.env,
    stdin_bytes: job.stdinBytes,
    label: job.label,
    meta: job.meta,
    needs: job.needs,
    key: job.key,
    slots: job.slots,
    resources: job.resources,
    unique: job.uniqueKey,
    open_parents: job.openParents,
    hook_of: job.hookOf,
    webhook: job.webhook === null ? null : shownWebhook(job.webhook),
    timeout: job.timeoutMs === null ? null : formatDuration(job.timeoutMs),
    kill_after: job.killAfterMs === null ? null : formatDuration(job.killAfterMs),
    run_at: isoTime(job.runAt),
    expires_at: isoTime(job.expiresAt),
    created_at: isoTime(job.createdAt),
    updated_at: isoTime(job.updatedAt),
    started_at: isoTime(job.startedAt),
    finished_at: isoTime(job.finishedAt),
    exit_code: job.exitCode,
    last_error: job.lastError,
    progress: job.progress,
    runs: job.runCount,
  };
}

/** What a job says, and nothing else, in the fields in which it is given. */
export function rulesJson(rules: JobRules): Partial<Record<RuleField, number | string | readonly number[]>> {
  const { waits, snoozeMs, backoffMaxMs, retryUntil } = rules;
  const fields = {
    ok_codes: rules.okCodes,
    dead_codes: rules.deadCodes,
    snooze_codes: rules.snoozeCodes,
    snooze: snoozeMs === undefined ? undefined : formatDuration(snoozeMs),
    max_snoozes: rules.maxSnoozes,
    backoff: typeof waits === "object" ? waits.map(formatDuration).join() : waits,
    backoff_base: rules.backoffBase,
    backoff_max: backoffMaxMs === undefined ? undefined : formatOptionalDuration(backoffMaxMs),
    backoff_jitter: rules.backoffJitter,
    retry_until: retryUntil === undefined ? undefined : isoTime(retryUntil),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function formatOptionalDuration(ms: number | null): string {
  return ms === null ? "none" : formatDuration(ms);
}

export function shownJobJson(shown: ShownJob) {
  return {
    ...jobJson(shown.job),
    runs: shown.runs.map(runJson),
    waits_for: shown.waitsFor.map(({ parent, awaits }) => ({
      id: parent.id,
      state: parent.state,
      by: linkFields[awaits],
    })),
  };
}

/** The field of a job's JSON by which a dependency is asked for. */
const linkFields = { completed: "after", ended: "after_any", dead: "after_fail" } as const;

export function graphJson({ root, jobs, links, isCut }: JobGraph) {
  return {
    id: root.id,
    nodes: [...jobs.values()].map(({ id, seq, state }) => ({ id, arrival: seq, state })),
    edges: links.map(({ parent, child, awaits, state }) => ({
      from: parent.id,
      to: child.id,
      by: linkFields[awaits],
      state,
    })),
    complete: !isCut,
  };
}

function runJson(run: ShownRun) {
  return {
    number: run.number,
    worker: run.workerId,
    host: parseHost(run.host).name,
    adopted: run.adoptedBy !== null,
    adopted_by: run.adoptedBy,
    pid: run.pid,
    started_at: isoTime(run.startedAt),
    finished_at: isoTime(run.finishedAt),
    duration_ms: run.finishedAt === null ? null : run.finishedAt - run.startedAt,
    outcome: run.outcome,
    exit_code: run.exitCode,
    signal: run.signal,
    error: run.error,
    progress: run.progress,
    stdout_bytes: run.out.bytes,
    stderr_bytes: run.err.bytes,
    stdout_tail: new TextDecoder().decode(run.out.tail),
    stderr_tail: new TextDecoder().decode(run.err.tail),
  };
}

export function jobEndJson({ job, code, signal }: JobEnd) {
  return { id: job.id, state: job.state, exit_code: job.exitCode, signal, reason: job.reason, code };
}

export function acceptedJson({ id, state, conflict, runAt, expiresAt }: Accepted) {
  return { id, state, run_at: isoTime(runAt), expires_at: isoTime(expiresAt), conflict };
}

/** Jobs that were changed, with the states that they were found in. */
export function changedJson(ids: readonly string[], states: readonly JobState[]) {
  return ids.map((id, index) => ({ id, was: states[index]! }));
}

export function deadGroupJson(group: DeadGroup) {
  return {
    group: group.id,
    exit_code: group.exitCode,
    error: group.text,
    count: group.count,
    newest_at: isoTime(group.newestAt),
    oldest_at: isoTime(group.oldestAt),
    example: group.example,
    queues: group.queues,
  };
}

export function statusJson(counts: Counts, workers: { readonly alive: readonly WorkerRow[] }) {
  const { byState } = counts;
  return {
    pending: byState.pending,
    processing: byState.processing,
    completed: byState.completed,
    failed: counts.failed,
    dead: byState.dead,
    blocked: byState.blocked,
    cancelled: byState.cancelled,
    delayed: counts.delayed,
    total: Object.values(byState).reduce((sum, count) => sum + count, 0),
    workers: workers.alive.length,
    workers_busy: workers.alive.filter((worker) => worker.jobs.length > 0).length,
    next_due_at: isoTime(counts.nextDueAt),
  };
}

export function waitingJson({ queue, id, dueAt }: OldestWaiting) {
  return { queue, id, due_at: isoTime(dueAt) };
}

export function startedWorkerJson(worker: WorkerRow) {
  return {
    id: worker.id,
    pid: worker.pid,
    host: worker.hostName,
    concurrency: worker.concurrency,
    tags: worker.tags,
  };
}

/** What an order to stop has done; `left` of them were still alive when it returned, null where nobody waited. */
export function stopJson(result: StopResult, mode: StopMode, left: number | null) {
  return {
    mode,
    told: result.told,
    already: result.already,
    finishing: result.finishing,
    gone: result.gone.length,
    spared: result.spared,
    left,
  };
}

export function workerJson(worker: ListedWorker) {
  return {
    id: worker.id,
    pid: worker.pid,
    host: worker.hostName,
    state: worker.state,
    started_at: isoTime(worker.startedAt),
    heartbeat_at: isoTime(worker.heartbeatAt),
    jobs: worker.jobs,
    adopted: worker.adopted,
    concurrency: worker.concurrency,
    tags: worker.tags,
    queues: worker.queues,
    resources: worker.resources,
    held: worker.held,
    supervised: worker.isSupervised,
    version: worker.version,
  };
}
