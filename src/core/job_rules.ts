/** What a job's own rules make of an exit code, and of the time of its next attempt. */

import type { BackoffRule } from "./backoff.ts";
import type { Job, JobRules } from "./job.ts";
import type { Outcome } from "./run.ts";

/** How long a job snoozes that does not say, in milliseconds. */
export const defaultSnoozeMs = 60_000;
/** How many times a job may snooze in all that does not say. */
export const defaultMaxSnoozes = 100;

export type RuledJob = Pick<Job, "rules" | "attempts" | "crashes" | "snoozes">;

/** The exit codes that count as success. */
export function okCodesOf(rules: JobRules | null): readonly number[] {
  return rules?.okCodes ?? [0];
}

/** What an exit code means for a job, as long as nobody has ended its run. */
export function outcomeOfExit(
  code: number,
  job: Pick<Job, "rules" | "snoozes">,
): Outcome & ("completed" | "failed" | "snoozed") {
  if (okCodesOf(job.rules).includes(code)) return "completed";
  return isSnoozeCode(code, job.rules) && job.snoozes < maxSnoozesOf(job.rules) ? "snoozed" : "failed";
}

export function isSnoozeCode(code: number | null, rules: JobRules | null): boolean {
  return code !== null && (rules?.snoozeCodes?.includes(code) ?? false);
}

export function isDeadCode(code: number | null, rules: JobRules | null): boolean {
  return code !== null && (rules?.deadCodes?.includes(code) ?? false);
}

export function maxSnoozesOf(rules: JobRules | null): number {
  return rules?.maxSnoozes ?? defaultMaxSnoozes;
}

/** A job's own backoff; what it leaves out is as the settings have it. */
export function backoffOf(rules: JobRules | null, settings: BackoffRule): BackoffRule {
  if (rules === null) return settings;
  return {
    waits: rules.waits ?? settings.waits,
    base: rules.backoffBase ?? settings.base,
    maxMs: rules.backoffMaxMs === undefined ? settings.maxMs : rules.backoffMaxMs,
    jitter: rules.backoffJitter ?? settings.jitter,
  };
}

/** The latest instant (UTC milliseconds) at which a further attempt may begin, or null for any. */
export function latestBegin({ rules, attempts, crashes, snoozes }: RuledJob): number | null {
  return attempts + crashes + snoozes > 0 ? rules?.retryUntil ?? null : null;
}

/** Whether an attempt that begins at `at` (UTC milliseconds) is a further one that comes too late. */
export function comesTooLate(job: RuledJob, at: number): boolean {
  const latest = latestBegin(job);
  return latest !== null && at > latest;
}
