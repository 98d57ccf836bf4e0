/**
 * What is counted of the runs that ended. In the transaction that settles a run it adds to three rows of that minute
 * (`tallies`), which is cheap for whoever writes. Soon after, the rows of a minute are packed into one for each queue and
 * program, later into half hours, which is cheap for whoever reads, and added to totals that are kept for ever. So nothing
 * is read of the runs themselves, which may be deleted meanwhile, and what is read does not grow with their number.
 */

import { type BucketCounts, bucketOf } from "../core/buckets.ts";
import type { Job, JobState } from "../core/job.ts";
import { programOf } from "../core/program_name.ts";
import type { Outcome } from "../core/run.ts";

/** Packed rows of these lengths: each run is counted in a minute or in a half hour, and once more in the totals. */
export const spans = { totals: 0, minute: 60_000, halfHour: 1_800_000 } as const;

/** How long after its end a minute is packed at the earliest; a transaction may be late. */
export const packAfterMs = 60_000;
/** How long minutes stay minutes, at least. */
export const keepMinutesMs = 61 * 60_000;
/** How many minutes one write packs at most, so that it does not take long. */
export const packAtOnceMs = 10 * 60_000;
/** How far statistics go back. */
export const keepStatisticsMs = 31 * 86_400_000;
/** How many programs are told apart in a half hour; those that ran least are one. */
export const mostPrograms = 30;
/** What stands for all other programs; no program has a name with a space. */
export const otherPrograms = "(all others)";

/** `wait`: due to the start of a job's first run; `retry_wait`: the same of its later ones; `run`: start to end. */
export const lengthMeasures = ["wait", "retry_wait", "run"] as const;
export type LengthMeasure = (typeof lengthMeasures)[number];
export type Measure = "outcome" | LengthMeasure;

export type StatisticsGroup = "queue" | "command";

export interface StatisticsRequest {
  /** From the span on in which this instant lies; null for all that ever was, for which there are no points or programs. */
  readonly from: number | null;
  readonly by: StatisticsGroup;
}

export interface OutcomeCount {
  /** When the minute or half hour began in which they ended; 0 for all that ever was. */
  readonly at: number;
  readonly outcome: Outcome;
  /** The job's state afterwards. */
  readonly state: JobState;
  readonly count: number;
}

export interface Lengths {
  readonly counts: BucketCounts;
  readonly totalMs: number;
}

export interface GroupStatistics {
  readonly group: string;
  readonly outcomes: readonly OutcomeCount[];
  readonly lengths: Readonly<Record<LengthMeasure, Lengths>>;
}

/** How long the runs that ended in one minute or half hour waited and took, all groups together. */
export interface SpanLengths {
  /** When it began, in UTC milliseconds. */
  readonly at: number;
  readonly lengths: Readonly<Record<LengthMeasure, Lengths>>;
}

export interface Statistics {
  /** The beginning of the first span that was read; null for all that ever was. */
  readonly from: number | null;
  readonly now: number;
  /** Those in which a run has ended, oldest first; none for all that ever was. */
  readonly spans: readonly SpanLengths[];
  /** By name. */
  readonly groups: readonly GroupStatistics[];
}

/** The job of a queue that is ready to start and was due first. */
export interface OldestWaiting {
  readonly queue: string;
  readonly id: string;
  readonly dueAt: number;
}

/** Where the minutes end that may be packed by now, and those that may be packed into half hours. */
export function packLimits(now: number): { readonly tallies: number; readonly minutes: number } {
  return {
    tallies: Math.floor((now - packAfterMs) / spans.minute) * spans.minute,
    minutes: Math.floor((now - keepMinutesMs) / spans.halfHour) * spans.halfHour,
  };
}

/** What a time is told in: minutes as far back as they reach, else half hours. In milliseconds. */
export function spanOfTime(from: number, now: number): number {
  return now - from <= keepMinutesMs ? spans.minute : spans.halfHour;
}

/** Where what is read begins. */
export function firstSpanAt(from: number, now: number): number {
  const earliest = Math.max(from, now - keepStatisticsMs);
  const spanMs = spanOfTime(earliest, now);
  return Math.floor(earliest / spanMs) * spanMs;
}

/** What a run adds to, as far as it is known before the store's time is. */
export interface RunMeasures {
  readonly program: string;
  readonly waitMeasure: Measure;
  readonly waitBucket: number;
  readonly waitMs: number;
}

/** A run of a job as it was claimed. `programs` are those that are told apart. */
export function measuresOf(job: Job, programs: Programs): RunMeasures {
  const waitMs = Math.max(0, (job.startedAt ?? job.runAt) - job.runAt);
  return {
    program: programs.nameOf(job),
    waitMeasure: job.runCount > 1 ? "retry_wait" : "wait",
    waitBucket: bucketOf(waitMs),
    waitMs,
  };
}

export function outcomeBucket(outcome: Outcome, state: JobState): string {
  return `${outcome} ${state}`;
}

/** Keeps the number of programs in bounds that one process counts apart, whatever its jobs are called. */
export class Programs {
  readonly #known = new Set<string>();
  #since = 0;

  nameOf(job: Pick<Job, "command" | "argv" | "startedAt">): string {
    const halfHour = Math.floor((job.startedAt ?? 0) / spans.halfHour);
    if (halfHour !== this.#since) this.#known.clear();
    this.#since = halfHour;
    const name = programOf(job);
    if (this.#known.size >= mostPrograms && !this.#known.has(name)) return otherPrograms;
    this.#known.add(name);
    return name;
  }
}
