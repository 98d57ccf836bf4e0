/** A run: one start of a job. Numbered from 1 per job, never reused. */

/** How a run ended. `completed`, `failed` and `timeout` are charged as attempts, the rest is not. */
export const outcomes = [
  "completed",
  "failed",
  "timeout",
  "cancelled",
  "crashed",
  "handed_back",
  "snoozed",
] as const;
export type Outcome = (typeof outcomes)[number];

/** What someone decided about a run before they acted; whoever adopts the run completes it, and settles by it first. */
export type Intent = "timeout" | "hand_back" | "cancel";

export interface Run {
  readonly jobSeq: number;
  readonly number: number;
  readonly token: number;
  /** The random part of the run's folder name and of its mark in the environment. */
  readonly mark: string;
  readonly workerId: string;
  /** The worker that took it over last, or null where the one that started it had it all along. */
  readonly adoptedBy: string | null;
  /**
   * For how long other hosts must leave it alone, in milliseconds of their own watching: its worker let go of it on
   * purpose. Null where none did.
   */
  readonly detachedMs: number | null;
  /** The host identity of the worker that started it. */
  readonly host: string;
  readonly pid: number | null;
  /** The wrapper's start identity, by which a reused pid is told apart. */
  readonly startIdentity: string | null;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly outcome: Outcome | null;
  readonly intent: Intent | null;
  readonly error: string | null;
  /** What it told of how far it is, or null. */
  readonly progress: Progress | null;
  /** When what it had written by then was stored for a reader on another host, or null. */
  readonly publishedAt: number | null;
  /** Bytes that each stream had at the end, or when it was published; null before. */
  readonly stdoutBytes: number | null;
  readonly stderrBytes: number | null;
}

/** How far a run says that it is. */
export interface Progress {
  /** 0 to 100. */
  readonly percent: number;
  /** One line, or null. */
  readonly text: string | null;
}

/** What every later write about a run carries: the job, the run and the fencing token. */
export interface RunRef {
  readonly jobSeq: number;
  readonly number: number;
  readonly token: number;
}

/** Whether they mean the same run, under whatever token. */
export function isSameRun(
  one: Pick<RunRef, "jobSeq" | "number">,
  other: Pick<RunRef, "jobSeq" | "number">,
): boolean {
  return one.jobSeq === other.jobSeq && one.number === other.number;
}

export interface StreamTail {
  /** The last bytes of the stream, at most `tailBytes`. */
  readonly tail: Uint8Array;
  /** The length of the whole stream in bytes. */
  readonly bytes: number;
}

/** How many last bytes of a stream move into the store when its run is settled. */
export const tailBytes = 64 * 1024;

/** What is known when a run has ended. */
export interface RunEnding {
  readonly outcome: Outcome;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** One line that says why it is not `completed`, or null. */
  readonly error: string | null;
  readonly pid: number | null;
  readonly startIdentity: string | null;
  readonly stdout: StreamTail | null;
  readonly stderr: StreamTail | null;
}

/** Whether a run's end tells nothing of its job's exit code, so that the job keeps that of an earlier run. */
export function keepsExitCode(outcome: Outcome): boolean {
  return outcome === "crashed" || outcome === "handed_back";
}

/** The exit code of a run's wrapper that may not write the identity file: the run never began. */
export const neverBegan = 125;

const signalNumbers: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  5: "SIGTRAP",
  6: "SIGABRT",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
};

/**
 * The signal that an exit code of a shell stands for (128 + n), or null. A program may also exit with such a code
 * by itself; a shell cannot tell the two apart, and neither can we.
 */
export function signalOfExitCode(code: number): string | null {
  return signalNumbers[code - 128] ?? null;
}

/** The number of a signal by its name, or null where it is none that is known. */
export function signalNumber(name: string): number | null {
  const found = Object.entries(signalNumbers).find(([, known]) => known === name);
  return found === undefined ? null : Number(found[0]);
}

/** One line for an exit code that means failure, in the words of a POSIX shell's conventions. */
export function describeExit(code: number): string {
  if (code === 126) return "exit code 126: the command could not be executed";
  if (code === 127) return "exit code 127: command not found";
  const signal = signalOfExitCode(code);
  return signal === null ? `exit code ${code}` : `exit code ${code}: ended by ${signal}`;
}
