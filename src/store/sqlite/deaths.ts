/** Deaths of jobs that are passed on to their hook, in SQLite. Within a write. */

import type { Job, NewJob } from "../../core/job.ts";
import { jobOf } from "../rows.ts";
import type { Connection } from "./connection.ts";
import { insertJobs } from "./insert_jobs.ts";

/** How many hooks one write stores at most. */
const deathBatch = 100;

export function noteDeath(connection: Connection, job: Pick<Job, "seq" | "hookOf">): boolean {
  // A hook has none, or one that always fails would go on for ever.
  if (job.hookOf !== null) return false;
  connection.sql("INSERT INTO endings (job_seq, kind) VALUES (?, 'died') ON CONFLICT DO NOTHING").run(
    job.seq,
  );
  return true;
}

export function passOnDeaths(
  connection: Connection,
  hookOf: ((dead: Job) => NewJob) | null,
  now: number,
): number {
  const dead = connection.sql(
    `SELECT jobs.* FROM endings CROSS JOIN jobs ON seq = job_seq WHERE kind = 'died' ORDER BY job_seq LIMIT ${deathBatch}`,
  ).all().map(jobOf);
  if (hookOf !== null && dead.length > 0) insertJobs(connection, dead.map(hookOf), { now, links: null });
  const remove = connection.sql("DELETE FROM endings WHERE job_seq = ? AND kind = 'died'");
  for (const { seq } of dead) remove.run(seq);
  return dead.length;
}
