/** Which worker runs which jobs. */

import type { Job, Worker } from "../../api/types.ts";

export interface CrewMember {
  readonly worker: Worker;
  /** Its jobs; of those that are not among the known ones only the ids. */
  readonly jobs: readonly (Pick<Job, "id"> & Partial<Job>)[];
}

/** Those that run most first, then those that need a look, then the idle ones. */
export function crewOf(workers: readonly Worker[], running: readonly Job[]): CrewMember[] {
  const byId = new Map(running.map((job) => [job.id, job]));
  const rank = ({ worker, jobs }: CrewMember): number =>
    jobs.length > 0 ? 0 : worker.state === "idle" || worker.state === "busy" ? 2 : 1;
  return workers.map((worker) => {
    const ids = [...new Set([...worker.jobs, ...worker.adopted])];
    return { worker, jobs: ids.map((id) => byId.get(id) ?? { id }) };
  }).toSorted((one, other) => rank(one) - rank(other) || other.jobs.length - one.jobs.length);
}
