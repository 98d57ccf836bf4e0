/** Jobs that are over leave the file. */

import { tailBytes } from "../../core/run.ts";
import { number, text } from "../rows.ts";
import type { FoundJobs, RemovedBatch } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Connection } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { jobsAmong } from "./jobs.ts";

/** How many pages are given back at once: as many as take a few milliseconds. */
const pagesPerStep = 250;

/** Deletes jobs with their runs and output. Part of one write. */
export function removeFinished(
  connection: Connection,
  { seqs, filter }: FoundJobs,
  now: number,
): RemovedBatch {
  const jobs = jobsAmong(connection, seqs, { ...filter, spentAt: now });
  const among = JSON.stringify(jobs.map(({ seq }) => seq));
  // What fits into the store is there, and the files are gone; only of the others there may be some.
  const runs = connection.sql(
    `SELECT job_seq, number, mark FROM runs
     WHERE job_seq IN (SELECT value FROM json_each(?))
       AND (outcome NOT IN ('completed', 'failed') OR max(stdout_bytes, stderr_bytes) > ${tailBytes})`,
  ).all(among).map((row) => ({
    jobSeq: number(row, "job_seq"),
    number: number(row, "number"),
    mark: text(row, "mark"),
  }));
  const inputFiles = connection.sql(
    "SELECT file FROM inputs WHERE file IS NOT NULL AND job_seq IN (SELECT value FROM json_each(?))",
  ).all(among).map((row) => text(row, "file"));
  connection.sql("DELETE FROM jobs WHERE seq IN (SELECT value FROM json_each(?))").run(among);
  const tally = new Tally();
  for (const job of jobs) tally.remove(job);
  writeTally(connection, tally);
  return { removed: jobs.length, runs, inputFiles };
}

/** Gives some pages back that nothing is in; false where there is none. Not within a transaction. */
export function giveBack(connection: Connection): boolean {
  const free = number(connection.sql("PRAGMA freelist_count").get()!, "freelist_count");
  if (free === 0) return false;
  // Each row that is asked for is a page that goes; a driver's exec may ask for one alone.
  connection.sql(`PRAGMA incremental_vacuum(${pagesPerStep})`).all();
  return free > pagesPerStep;
}
