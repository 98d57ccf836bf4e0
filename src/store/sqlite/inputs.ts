/** What jobs read from their standard input, in SQLite. Each function is part of one read or write. */

import type { NewJob } from "../../core/job.ts";
import type { StoredInput } from "../../core/job_input.ts";
import { text, textOrNull } from "../rows.ts";
import type { Connection } from "./connection.ts";

/** Stores those of jobs that were just inserted. */
export function insertInputs(connection: Connection, jobs: readonly NewJob[]): void {
  for (const { id, input } of jobs) {
    if (input === null) continue;
    const [content, file] = "file" in input ? [null, input.file] : [input.content, null];
    connection.sql("INSERT INTO inputs (job_seq, content, file) SELECT seq, ?, ? FROM jobs WHERE id = ?")
      .run(content, file, id);
  }
}

export function inputOf(connection: Connection, jobSeq: number): StoredInput | null {
  const row = connection.sql(
    "SELECT content, file, stdin_bytes FROM inputs JOIN jobs ON seq = job_seq WHERE job_seq = ?",
  ).get(jobSeq);
  if (row === undefined) return null;
  const file = textOrNull(row, "file");
  return file === null ? { content: row.content as Uint8Array } : { file, bytes: row.stdin_bytes as number };
}

export function inputFileOf(connection: Connection, jobSeq: number): string | null {
  const row = connection.sql("SELECT file FROM inputs WHERE job_seq = ?").get(jobSeq);
  return row === undefined ? null : textOrNull(row, "file");
}

export function inputFiles(connection: Connection): string[] {
  return connection.sql("SELECT file FROM inputs WHERE file IS NOT NULL").all().map((row) =>
    text(row, "file")
  );
}
