import type { JobOrder, JobSortKey } from "../core/job_order.ts";

/** An order of jobs as the terms of ORDER BY, the same as `compareJobs`. `now` is the store's time in its SQL. */
export function sortTerms({ key, isDescending }: JobOrder, now: string): string {
  const values: Readonly<Record<JobSortKey, string>> = {
    created: "seq",
    run_at: "run_at",
    priority: "priority",
    finished: "finished_at",
    duration: `CASE WHEN state = 'processing' THEN ${now} ELSE finished_at END - started_at`,
  };
  return `${values[key]} ${isDescending ? "DESC" : "ASC"} NULLS LAST, seq`;
}
