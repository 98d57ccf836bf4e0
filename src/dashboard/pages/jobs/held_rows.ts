/**
 * What a list of jobs shows while somebody reads it: rows change where they are, and none moves until the reader lets
 * them. What came meanwhile is counted.
 */

import type { Job, JobChange, JobPage } from "../../api/types.ts";

export interface HeldRows {
  /** Which filters and place these rows are of. */
  readonly key: string;
  readonly jobs: readonly Job[];
  readonly next: string | null;
  /** Ids of rows that the filters mean no more, or that are removed. */
  readonly left: ReadonlySet<string>;
  /** How many came on top since. */
  readonly newer: number;
  /** Whether there may be more than that: no row that was known came with them. */
  readonly isNewerOpen: boolean;
}

/** A page in place of what is shown: all of it where `mayMove`, or only what it says of the rows that are there. */
export function takePage(
  shown: HeldRows | null,
  page: JobPage,
  { key, mayMove }: { readonly key: string; readonly mayMove: boolean },
): HeldRows {
  if (shown === null || shown.key !== key || mayMove || shown.jobs.length === 0) return freshRows(page, key);
  const fresh = new Map(page.jobs.map((job) => [job.id, job]));
  const newest = shown.jobs[0]!.arrival;
  const newer = page.jobs.filter(({ arrival }) => arrival > newest).length;
  // Beyond the page's end nothing is known of a row.
  const known = page.next === null ? 0 : page.jobs.at(-1)?.arrival ?? 0;
  const left = shown.jobs.filter(({ id, arrival }) => !fresh.has(id) && arrival >= known);
  return {
    ...shown,
    jobs: shown.jobs.map((job) => fresh.get(job.id) ?? job),
    left: new Set(left.map(({ id }) => id)),
    newer,
    isNewerOpen: newer > 0 && newer === page.jobs.length && page.next !== null,
  };
}

export function freshRows({ jobs, next }: JobPage, key: string): HeldRows {
  return { key, jobs, next, left: new Set(), newer: 0, isNewerOpen: false };
}

/** What an event says of a row, before the list is asked for again. */
export function patchRows(shown: HeldRows, change: JobChange): HeldRows {
  const index = shown.jobs.findIndex(({ id }) => id === change.id);
  if (index === -1) return shown;
  const { state, attempts, runs, exit_code, updated_at } = change;
  return {
    ...shown,
    jobs: shown.jobs.with(index, { ...shown.jobs[index]!, state, attempts, runs, exit_code, updated_at }),
  };
}

/** "12 newer jobs", "50+ newer jobs". */
export function newerText({ newer, isNewerOpen }: Pick<HeldRows, "newer" | "isNewerOpen">): string {
  return `${newer}${isNewerOpen ? "+" : ""} newer ${newer === 1 ? "job" : "jobs"}`;
}
