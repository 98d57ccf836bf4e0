/** The one table of allowed moves between states, and the rule that says where a job goes when a run has ended. */

import { backoffMs, type BackoffRule, instantAfter } from "./backoff.ts";
import type { JobState } from "./job.ts";
import { backoffOf, comesTooLate, defaultSnoozeMs, isDeadCode, type RuledJob } from "./job_rules.ts";
import type { RunEnding } from "./run.ts";

/** From each state, the states that a job may move to. */
export const allowedMoves: Readonly<Record<JobState, readonly JobState[]>> = {
  blocked: ["pending", "cancelled"],
  pending: ["processing", "cancelled"],
  processing: ["pending", "completed", "dead", "cancelled"],
  completed: ["pending"],
  dead: ["pending"],
  // Blocked again where a job that it waits for runs after all.
  cancelled: ["pending", "blocked"],
};

/** Stops a move that the table does not allow: a mistake in the program. */
export function assertMove(from: JobState, to: JobState): void {
  if (!allowedMoves[from].includes(to)) throw new RangeError(`a ${from} job cannot become ${to}`);
}

/** How many runs in a row may end with their worker before the job is dead. */
export const crashBudget = 3;

export interface JobProgress extends RuledJob {
  readonly maxRetries: number;
}

export interface NextStep {
  readonly state: "pending" | "completed" | "dead" | "cancelled";
  readonly attempts: number;
  readonly crashes: number;
  readonly snoozes: number;
  /** When the job is due again; null where it is final. */
  readonly runAt: number | null;
  /** Why the job is dead, or null. */
  readonly reason: string | null;
}

interface Moment {
  readonly now: number;
  readonly backoff: BackoffRule;
  readonly chance: number;
}

/**
 * Where a processing job goes when its run has ended at `now` (UTC milliseconds). `backoff` is for jobs that say
 * nothing else; `chance` (0 to 1) feeds jitter.
 * A crash spends the crash budget, a run that settles otherwise resets it; a hand-back or a snooze charges nothing.
 */
export function afterRun(
  job: JobProgress,
  ending: Pick<RunEnding, "outcome" | "exitCode">,
  at: Moment,
): NextStep {
  const next = nextStep(job, ending, at);
  if (next.runAt === null || !comesTooLate({ ...next, rules: job.rules }, next.runAt)) return next;
  return dead(next, tooLateReason);
}

/** Why a job is dead whose next attempt comes too late. */
export const tooLateReason = "its next attempt would begin after its retry_until";

type Progress = Pick<NextStep, "attempts" | "crashes" | "snoozes">;

function nextStep(
  job: JobProgress,
  { outcome, exitCode }: Pick<RunEnding, "outcome" | "exitCode">,
  at: Moment,
): NextStep {
  const { attempts, crashes, snoozes } = job;
  switch (outcome) {
    case "completed":
      return { state: "completed", attempts: attempts + 1, crashes: 0, snoozes, runAt: null, reason: null };
    case "handed_back":
      return again({ attempts, crashes, snoozes }, at.now);
    case "cancelled":
      return cancelled({ attempts, crashes, snoozes });
    case "snoozed": {
      const runAt = instantAfter(at.now, job.rules?.snoozeMs ?? defaultSnoozeMs);
      return again({ attempts, crashes: 0, snoozes: snoozes + 1 }, runAt);
    }
    case "crashed":
      return afterCrash(job, at.now);
    case "failed":
    case "timeout":
      return afterFailure(job, outcome === "failed" ? exitCode : null, at);
  }
}

/** The same for a job that was cancelled while it ran: whatever its run came to, it does not run again. */
export function afterCancelledRun(step: NextStep): NextStep {
  return step.state === "completed" ? step : cancelled(step);
}

function cancelled({ attempts, crashes, snoozes }: Progress): NextStep {
  return { state: "cancelled", attempts, crashes, snoozes, runAt: null, reason: cancelReason };
}

/** Why a job is cancelled that somebody has cancelled. */
export const cancelReason = "cancelled by request";

/** Why a job is cancelled that another one of its unique key has replaced. */
export function replacedReason(id: string): string {
  return `replaced by ${id}`;
}

function again({ attempts, crashes, snoozes }: Progress, runAt: number): NextStep {
  return { state: "pending", attempts, crashes, snoozes, runAt, reason: null };
}

function dead({ attempts, crashes, snoozes }: Progress, reason: string): NextStep {
  return { state: "dead", attempts, crashes, snoozes, runAt: null, reason };
}

function afterCrash({ attempts, crashes, snoozes }: JobProgress, now: number): NextStep {
  const charged = { attempts, crashes: crashes + 1, snoozes };
  if (charged.crashes < crashBudget) return again(charged, now);
  return dead(charged, `its worker crashed ${charged.crashes} times in a row while running it`);
}

function afterFailure(job: JobProgress, exitCode: number | null, at: Moment): NextStep {
  const attempts = job.attempts + 1;
  const charged = { attempts, crashes: 0, snoozes: job.snoozes };
  if (isDeadCode(exitCode, job.rules)) return dead(charged, `exit code ${exitCode} is one of its dead_codes`);
  if (attempts >= job.maxRetries) {
    return dead(charged, `failed ${attempts} of ${Math.max(job.maxRetries, attempts)} attempts`);
  }
  const waitMs = backoffMs(attempts, backoffOf(job.rules, at.backoff), at.chance);
  return again(charged, instantAfter(at.now, waitMs));
}
