/** Orders in which jobs can be listed. */

import type { Job } from "./job.ts";

export const jobSortKeys = ["created", "run_at", "priority", "finished", "duration"] as const;
export type JobSortKey = (typeof jobSortKeys)[number];

export interface JobOrder {
  /** `created` is the order of arrival. */
  readonly key: JobSortKey;
  readonly isDescending: boolean;
}

/** Reads a key, with a leading - for descending. Undefined where it is none. */
export function parseJobOrder(text: string): JobOrder | undefined {
  const isDescending = text.startsWith("-");
  const name = isDescending ? text.slice(1) : text;
  const key = jobSortKeys.find((known) => known === name);
  return key === undefined ? undefined : { key, isDescending };
}

export function formatJobOrder({ key, isDescending }: JobOrder): string {
  return isDescending ? `-${key}` : key;
}

/** Compares by a key; jobs without a value come last either way, and equal ones in the order of arrival. */
export function compareJobs({ key, isDescending }: JobOrder, now: number): (a: Job, b: Job) => number {
  const sign = isDescending ? -1 : 1;
  return (a, b) => {
    const [ofA, ofB] = [valueOf(a, key, now), valueOf(b, key, now)];
    if (ofA === null || ofB === null) {
      return Number(ofA === null) - Number(ofB === null) || a.seq - b.seq;
    }
    return sign * (ofA - ofB) || a.seq - b.seq;
  };
}

function valueOf(job: Job, key: JobSortKey, now: number): number | null {
  switch (key) {
    case "created":
      return job.seq;
    case "run_at":
      return job.runAt;
    case "priority":
      return job.priority;
    case "finished":
      return job.finishedAt;
    case "duration":
      return durationOf(job, now);
  }
}

/** From the start of the newest run to the end of the job, or to now while it runs. */
function durationOf({ state, startedAt, finishedAt }: Job, now: number): number | null {
  if (startedAt === null) return null;
  if (state === "processing") return now - startedAt;
  return finishedAt === null ? null : finishedAt - startedAt;
}
