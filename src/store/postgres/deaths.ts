/** Deaths of jobs that are passed on to their hook, in PostgreSQL. They are written down by the turn function. */

import type { Job, NewJob } from "../../core/job.ts";
import { jobOf } from "../rows.ts";
import type { Queries } from "./connection.ts";
import { insertJobs } from "./jobs.ts";

/** How many hooks one write stores at most. */
const deathBatch = 100;

/** Part of one write. What another one is at is passed over. */
export async function passOnDeaths(
  queries: Queries,
  hookOf: ((dead: Job) => NewJob) | null,
): Promise<number> {
  const rows = await queries.all(
    `SELECT jobs.* FROM @endings AS endings JOIN @jobs AS jobs ON seq = job_seq WHERE kind = 'died'
     ORDER BY job_seq LIMIT ${deathBatch} FOR UPDATE OF endings SKIP LOCKED`,
  );
  if (rows.length === 0) return 0;
  const dead = rows.map(jobOf);
  await queries.run(
    "DELETE FROM @endings WHERE kind = 'died' AND job_seq = ANY ($1::bigint[])",
    dead.map(({ seq }) => seq),
  );
  if (hookOf !== null) {
    await insertJobs(queries, dead.map(hookOf), () => Promise.resolve());
  }
  return dead.length;
}
