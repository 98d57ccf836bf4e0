/** How far runs say that they are, in PostgreSQL. Each function is part of one read or write. */

import type { Progress, RunRef } from "../../core/run.ts";
import { number, progressOfRow } from "../rows.ts";
import type { Queries } from "./connection.ts";
import { heldBy } from "./runs.ts";

export async function writeProgress(
  queries: Queries,
  run: RunRef,
  { percent, text }: Progress,
): Promise<boolean> {
  if (await heldBy(queries, run) === undefined) return false;
  await queries.run(
    "UPDATE @runs SET progress_percent = $1, progress_text = $2 WHERE job_seq = $3 AND number = $4",
    percent,
    text,
    run.jobSeq,
    run.number,
  );
  return true;
}

export async function readProgress(
  queries: Queries,
  jobSeqs: readonly number[],
): Promise<(Progress | null)[]> {
  const rows = await queries.all(
    `SELECT job_seq, progress_percent, progress_text FROM @runs
     JOIN @jobs ON seq = job_seq AND number = run_count WHERE seq = ANY ($1::bigint[])`,
    jobSeqs,
  );
  const bySeq = new Map(rows.map((row) => [number(row, "job_seq"), progressOfRow(row)]));
  return jobSeqs.map((seq) => bySeq.get(seq) ?? null);
}
