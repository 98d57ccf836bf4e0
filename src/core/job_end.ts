/** What the end of a job means as an exit code. */

import { isFinal, type Job } from "./job.ts";
import { type Run, signalNumber } from "./run.ts";

/** Exit codes of waiting that are not the job's own. The same as of timeout(1) and of what cannot be run. */
export const waitExitCodes = { timedOut: 124, cancelled: 125 } as const;

export interface JobEnd {
  readonly job: Job;
  /** The exit code that stands for it, 0 to 255, or null where the job has not ended. */
  readonly code: number | null;
  /** The signal that ended its newest run, or null. */
  readonly signal: string | null;
}

/**
 * How a job has ended, or has not yet. `run` is its newest run, or null. A job that is dead never gives 0: where its
 * last exit code is 0 or is not known (it crashed, or took too long), it gives 128 + n for a signal n, and else 1.
 */
export function jobEnd(job: Job, run: Run | null): JobEnd {
  if (!isFinal(job.state)) return { job, code: null, signal: null };
  const signal = run?.signal ?? null;
  if (job.state === "cancelled") return { job, code: waitExitCodes.cancelled, signal };
  const own = job.exitCode === null ? codeOfSignal(signal) : job.exitCode;
  const asByte = own !== null && own > 255 ? 1 : own;
  return { job, code: job.state === "completed" ? asByte ?? 0 : asByte || 1, signal };
}

function codeOfSignal(signal: string | null): number | null {
  const number = signal === null ? null : signalNumber(signal);
  return number === null ? null : 128 + number;
}

/** Of several jobs: 0 where all are completed, else 1. */
export function codeOfAll(ends: readonly JobEnd[]): number {
  return ends.every(({ job }) => job.state === "completed") ? 0 : 1;
}
