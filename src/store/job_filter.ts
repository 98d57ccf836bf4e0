/** Which jobs are meant: all conditions that are given must hold. */

import { isFinal, type JobState, jobStates, type StateFilter } from "../core/job.ts";
import type { Bucket } from "./tally.ts";

export interface JobFilter {
  readonly state?: StateFilter | undefined;
  /** Only jobs in a state that is not final. */
  readonly isUnfinished?: boolean | undefined;
  readonly queue?: string | undefined;
  /** Created then or later, in UTC milliseconds. */
  readonly since?: number | undefined;
  /** Exactly this one. */
  readonly label?: string | undefined;
  /** Each of these, exactly. */
  readonly meta?: Readonly<Record<string, string>> | undefined;
  /** A part of the command as a line of text; whether ASCII letters are large or small says nothing. */
  readonly commandContains?: string | undefined;
  /** The same of the id, the label, the command or the last error. */
  readonly text?: string | undefined;
  /** The same of the command or the last error. */
  readonly contains?: string | undefined;
  /** Reached a final state at this instant or before, or then or after. */
  readonly finishedUntil?: number | undefined;
  readonly finishedSince?: number | undefined;
  /** The exit code of its newest run. */
  readonly exitCode?: number | undefined;
  /** Only jobs that are over and that nothing needs at this instant: no job that waits, no unique key that is taken. */
  readonly spentAt?: number | undefined;
}

/** The states that a job leaves by itself. */
export const unfinishedStates: readonly JobState[] = jobStates.filter((state) => !isFinal(state));

/** Whether jobs must be looked at one by one, since neither an index nor a counter knows them. */
export function mustScan({ state: _, ...others }: JobFilter): boolean {
  return Object.values(conditionsIn(others)).some((condition) => condition !== undefined);
}

/** A page's bounds are no conditions. */
function conditionsIn(filter: JobFilter): JobFilter {
  const { state, isUnfinished, queue, since, label, meta, commandContains } = filter;
  const { text, contains, finishedUntil, finishedSince, exitCode, spentAt } = filter;
  const given = { text, contains, finishedUntil, finishedSince, exitCode, spentAt };
  return { state, isUnfinished, queue, since, label, meta, commandContains, ...given };
}

/** The counters whose sum is the number of jobs, or null where it must be counted. */
export function bucketsOf(filter: JobFilter): readonly Bucket[] | null {
  const { state, isUnfinished, queue: _, ...others } = filter;
  if (mustScan(others)) return null;
  const met = state === undefined ? jobStates : [state];
  return isUnfinished ? met.filter((each) => each === "failed" || !isFinal(each)) : met;
}
