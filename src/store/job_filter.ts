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
}

/** The states that a job leaves by itself. */
export const unfinishedStates: readonly JobState[] = jobStates.filter((state) => !isFinal(state));

/** Whether jobs must be looked at one by one, since neither an index nor a counter knows them. */
export function mustScan(filter: JobFilter): boolean {
  const { isUnfinished, queue, since, label, meta, commandContains } = filter;
  return [isUnfinished, queue, since, label, meta, commandContains].some((condition) =>
    condition !== undefined
  );
}

/** The counters whose sum is the number of jobs, or null where it must be counted. */
export function bucketsOf(filter: JobFilter): readonly Bucket[] | null {
  const { state, isUnfinished, queue: _, ...others } = filter;
  if (mustScan(others)) return null;
  const met = state === undefined ? jobStates : [state];
  return isUnfinished ? met.filter((each) => each === "failed" || !isFinal(each)) : met;
}
