/** The one table of allowed moves between states, and the rule that says where a job goes when a run has ended. */

import { backoffMs, type BackoffRule, instantAfter } from "./backoff.ts";
import type { JobState } from "./job.ts";
import type { Outcome } from "./run.ts";

/** From each state, the states that a job may move to. */
export const allowedMoves: Readonly<Record<JobState, readonly JobState[]>> = {
  blocked: ["pending", "cancelled"],
  pending: ["processing", "cancelled"],
  processing: ["pending", "completed", "dead", "cancelled"],
  completed: ["pending"],
  dead: ["pending"],
  cancelled: ["pending"],
};

/** Stops a move that the table does not allow: a mistake in the program. */
export function assertMove(from: JobState, to: JobState): void {
  if (!allowedMoves[from].includes(to)) throw new RangeError(`a ${from} job cannot become ${to}`);
}

/** How many runs in a row may end with their worker before the job is dead. */
export const crashBudget = 3;

export interface JobProgress {
  readonly attempts: number;
  readonly crashes: number;
  readonly maxRetries: number;
}

export interface NextStep {
  readonly state: "pending" | "completed" | "dead" | "cancelled";
  readonly attempts: number;
  readonly crashes: number;
  /** When the job is due again; null where it is final. */
  readonly runAt: number | null;
  /** Why the job is dead, or null. */
  readonly reason: string | null;
}

/**
 * Where a processing job goes when its run has ended at `now` (UTC milliseconds). `chance` (0 to 1) feeds jitter.
 * A crash spends the crash budget, a run that settles otherwise resets it; a hand-back charges nothing.
 */
export function afterRun(
  job: JobProgress,
  outcome: Outcome,
  at: { readonly now: number; readonly backoff: BackoffRule; readonly chance: number },
): NextStep {
  switch (outcome) {
    case "completed":
      return { state: "completed", attempts: job.attempts + 1, crashes: 0, runAt: null, reason: null };
    case "handed_back":
      return { state: "pending", attempts: job.attempts, crashes: job.crashes, runAt: at.now, reason: null };
    case "cancelled":
      return cancelled(job);
    case "crashed":
      return afterCrash(job, at.now);
    case "failed":
    case "timeout":
      return afterFailure(job, at);
  }
}

/** The same for a job that was cancelled while it ran: whatever its run came to, it does not run again. */
export function afterCancelledRun(step: NextStep): NextStep {
  return step.state === "completed" ? step : cancelled(step);
}

function cancelled({ attempts, crashes }: Pick<JobProgress, "attempts" | "crashes">): NextStep {
  return { state: "cancelled", attempts, crashes, runAt: null, reason: cancelReason };
}

/** Why a job is cancelled that somebody has cancelled. */
export const cancelReason = "cancelled by request";

function afterCrash(job: JobProgress, now: number): NextStep {
  const crashes = job.crashes + 1;
  if (crashes < crashBudget) {
    return { state: "pending", attempts: job.attempts, crashes, runAt: now, reason: null };
  }
  const reason = `its worker crashed ${crashes} times in a row while running it`;
  return { state: "dead", attempts: job.attempts, crashes, runAt: null, reason };
}

function afterFailure(job: JobProgress, at: Parameters<typeof afterRun>[2]): NextStep {
  const attempts = job.attempts + 1;
  if (attempts >= job.maxRetries) {
    const reason = `failed ${attempts} of ${Math.max(job.maxRetries, attempts)} attempts`;
    return { state: "dead", attempts, crashes: 0, runAt: null, reason };
  }
  const runAt = instantAfter(at.now, backoffMs(attempts, at.backoff, at.chance));
  return { state: "pending", attempts, crashes: 0, runAt, reason: null };
}
