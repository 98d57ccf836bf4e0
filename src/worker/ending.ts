/** How a run ended, from what is known: intent first, then what the exit code means for the job, then a crash. */

import type { Job } from "../core/job.ts";
import { isSnoozeCode, outcomeOfExit } from "../core/job_rules.ts";
import type { ProcessIdentity } from "../core/ports.ts";
import { describeExit, type Intent, type Outcome, type RunEnding, signalOfExitCode } from "../core/run.ts";
import { type CollectedOutput, lastLine } from "./output.ts";

export interface Findings {
  readonly job: Pick<Job, "rules" | "snoozes">;
  readonly intent: Intent | null;
  readonly exitCode: number | null;
  /** The signal that ended the wrapper itself, seen by a living worker, or null. */
  readonly wrapperSignal: string | null;
  /** What to say where nothing else explains the end: the worker crashed. */
  readonly crash: string;
  readonly identity: ProcessIdentity | null;
  readonly output: CollectedOutput | null;
}

/** The end of a run of which nothing ever ran. */
export function nothingRan(outcome: Outcome, error: string): RunEnding {
  return {
    outcome,
    error,
    exitCode: null,
    signal: null,
    pid: null,
    startIdentity: null,
    stdout: null,
    stderr: null,
  };
}

export function endingOf(found: Findings): RunEnding {
  const outcome = outcomeOf(found);
  const signal = found.wrapperSignal ?? (found.exitCode === null ? null : signalOfExitCode(found.exitCode));
  return {
    outcome,
    exitCode: found.exitCode,
    signal,
    error: explain(outcome, found),
    pid: found.identity?.pid ?? null,
    startIdentity: found.identity?.start ?? null,
    stdout: found.output?.stdout ?? null,
    stderr: found.output?.stderr ?? null,
  };
}

function outcomeOf(found: Findings): Outcome {
  if (found.intent === "timeout") return "timeout";
  if (found.intent === "hand_back") return "handed_back";
  if (found.intent === "cancel") return "cancelled";
  if (found.exitCode !== null) return outcomeOfExit(found.exitCode, found.job);
  return found.wrapperSignal === null ? "crashed" : "failed";
}

function explain(outcome: Outcome, found: Findings): string | null {
  switch (outcome) {
    case "completed":
      return null;
    case "timeout":
      return "it took longer than its timeout";
    case "handed_back":
      return "it was handed back: its worker was stopped by force";
    case "cancelled":
      return "it was cancelled";
    case "crashed":
      return found.crash;
    case "snoozed":
      return explainExit(found.exitCode!, found.output);
    case "failed":
      return explainFailure(found);
  }
}

function explainFailure({ exitCode, wrapperSignal, output, job }: Findings): string {
  if (exitCode === null) return `it was ended by ${wrapperSignal}`;
  const exit = explainExit(exitCode, output);
  return isSnoozeCode(exitCode, job.rules) ? `${exit} (no snooze is left of ${job.snoozes})` : exit;
}

function explainExit(code: number, output: CollectedOutput | null): string {
  // What our wrapper's shell says about the command is not about the wrapper.
  const line = output === null
    ? ""
    : lastLine(output.stderr.tail).replace(/^queuectl-run: (line )?\d+: (exec: )?/, "");
  if (line === "") return describeExit(code);
  // Of a command that was not found or may not be executed the shell's own words say more than ours.
  return code === 126 || code === 127 ? `exit code ${code}: ${line}` : `${describeExit(code)}: ${line}`;
}
