/** How far runs say that they are, in SQLite. Each function is the body of one read or write. */

import type { Progress, RunRef } from "../../core/run.ts";
import { progressOfRow } from "../rows.ts";
import type { Connection } from "./connection.ts";
import { heldBy } from "./runs.ts";

export function writeProgress(connection: Connection, run: RunRef, { percent, text }: Progress): boolean {
  if (heldBy(connection, run) === undefined) return false;
  connection.sql("UPDATE runs SET progress_percent = ?, progress_text = ? WHERE job_seq = ? AND number = ?")
    .run(percent, text, run.jobSeq, run.number);
  return true;
}

export function readProgress(connection: Connection, jobSeq: number): Progress | null {
  const row = connection.sql(
    "SELECT progress_percent, progress_text FROM runs WHERE job_seq = ? ORDER BY number DESC LIMIT 1",
  ).get(jobSeq);
  return row === undefined ? null : progressOfRow(row);
}
