/** What a settlement writes of a job, in the order of its statement's parameters. */

import { type Job, type JobState, sortAt } from "../../core/job.ts";
import { keepsExitCode } from "../../core/run.ts";
import { afterCancelledRun, afterRun } from "../../core/transitions.ts";
import type { SettleRequest } from "../store.ts";

type Value = string | number | null;

export interface SettledJob {
  readonly state: JobState;
  readonly runAt: number;
  readonly attempts: number;
  /**
   * state, reason, gate, sort_at, attempts, crash_count, run_at, updated_at, finished_at, exit_code, last_error,
   * snooze_count, and the job's seq.
   */
  readonly values: readonly Value[];
}

/** Where a processing job goes when its run is settled at `now`. */
export function settledJob(
  job: Job,
  request: SettleRequest,
  { now, gateOf }: { readonly now: number; readonly gateOf: (isDue: boolean) => number },
): SettledJob {
  const { ending } = request;
  const step = afterRun(job, ending, { ...request, now });
  const next = job.isCancelRequested ? afterCancelledRun(step) : step;
  const runAt = next.runAt ?? job.runAt;
  return {
    state: next.state,
    runAt,
    attempts: next.attempts,
    values: [
      next.state,
      next.reason,
      gateOf(runAt <= now),
      sortAt(runAt, job),
      next.attempts,
      next.crashes,
      runAt,
      now,
      next.state === "pending" ? null : now,
      keepsExitCode(ending.outcome) ? job.exitCode : ending.exitCode,
      ending.error,
      next.snoozes,
      job.seq,
    ],
  };
}
