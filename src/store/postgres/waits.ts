/** Who waits for which jobs to end, in PostgreSQL. Each function is part of one write. */

import { isFinal, jobStates } from "../../core/job.ts";
import type { Queries } from "./connection.ts";

/** As a list in SQL. */
export const finalStates = jobStates.filter(isFinal).map((state) => `'${state}'`).join(", ");

/** Without a lock on the jobs, which a claim would pass over meanwhile. What has ended is left out. */
export async function add(queries: Queries, jobSeqs: readonly number[]): Promise<void> {
  await queries.run(
    `INSERT INTO @waits (job_seq)
     SELECT seq FROM @jobs WHERE seq = ANY ($1::bigint[]) AND state NOT IN (${finalStates}) ORDER BY seq
     ON CONFLICT (job_seq) DO NOTHING`,
    jobSeqs,
  );
}

/** Tells whoever waits for jobs that they have ended, or are gone. */
export async function tell(queries: Queries, jobSeqs: readonly number[]): Promise<void> {
  const ended = await queries.run("DELETE FROM @waits WHERE job_seq = ANY ($1::bigint[])", jobSeqs);
  if (ended > 0) await queries.notify("end");
}
