/** Jobs that are over leave the database. */

import { tailBytes } from "../../core/run.ts";
import { number, text } from "../rows.ts";
import type { FoundJobs, RemovedBatch } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Queries } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { lockAmong } from "./jobs.ts";
import { tell } from "./waits.ts";

/** Deletes jobs with their runs and output. Part of one write. */
export async function removeFinished(queries: Queries, { seqs, filter }: FoundJobs): Promise<RemovedBatch> {
  const now = number((await queries.first("SELECT @now AS now"))!, "now");
  const jobs = await lockAmong(queries, seqs, { ...filter, spentAt: now });
  const among = jobs.map(({ seq }) => seq);
  // What fits into the store is there, and the files are gone; only of the others there may be some.
  const rows = await queries.all(
    `SELECT job_seq, number, mark FROM @runs
     WHERE job_seq = ANY ($1::bigint[])
       AND (outcome NOT IN ('completed', 'failed') OR greatest(stdout_bytes, stderr_bytes) > ${tailBytes})`,
    among,
  );
  const runs = rows.map((row) => ({
    jobSeq: number(row, "job_seq"),
    number: number(row, "number"),
    mark: text(row, "mark"),
  }));
  const inputs = await queries.all(
    "SELECT file FROM @inputs WHERE file IS NOT NULL AND job_seq = ANY ($1::bigint[])",
    among,
  );
  await queries.run("DELETE FROM @jobs WHERE seq = ANY ($1::bigint[])", among);
  const tally = new Tally();
  for (const job of jobs) tally.remove(job);
  await writeTally(queries, tally);
  await tell(queries, among);
  return { removed: jobs.length, runs, inputFiles: inputs.map((row) => text(row, "file")) };
}
