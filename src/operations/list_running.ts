import type { Job } from "../core/job.ts";
import type { Run } from "../core/run.ts";
import type { Store } from "../store/store.ts";

export interface Running {
  readonly job: Job;
  readonly run: Run;
}

/** More than this many do not fit on a screen. */
const most = 100;

/** Jobs that run, with their newest runs, in the order of arrival. */
export async function listRunning(store: Store): Promise<Running[]> {
  const jobs = await store.jobs({ state: "processing", order: "oldest", limit: most });
  const runs = await Promise.all(jobs.map((job) => store.runs(job.seq)));
  return jobs.flatMap((job, index) => {
    // It may have been removed meanwhile.
    const run = runs[index]!.at(-1);
    return run === undefined ? [] : [{ job, run }];
  });
}
