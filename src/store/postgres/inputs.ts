/** What jobs read from their standard input, in PostgreSQL. Each function is part of one read or write. */

import type { NewJob } from "../../core/job.ts";
import type { StoredInput } from "../../core/job_input.ts";
import { batchOf } from "../move.ts";
import { text, textOrNull } from "../rows.ts";
import type { Queries } from "./connection.ts";

/** Stores those of jobs that were just inserted, by statements of a size that is easy to send. */
export async function insertInputs(queries: Queries, jobs: readonly NewJob[]): Promise<void> {
  let left = jobs.filter(({ input }) => input !== null);
  while (left.length > 0) {
    const count = batchOf(
      left.map(({ input }) => input !== null && "content" in input ? input.content.length : 0),
    );
    const some = left.slice(0, count);
    left = left.slice(count);
    await queries.run(
      `INSERT INTO @inputs (job_seq, content, file)
       SELECT seq, decode(given.content, 'hex'), given.file
       FROM unnest($1::text[], $2::text[], $3::text[]) AS given (id, content, file) JOIN @jobs USING (id)`,
      some.map(({ id }) => id),
      some.map(({ input }) => input !== null && "content" in input ? input.content.toHex() : null),
      some.map(({ input }) => input !== null && "file" in input ? input.file : null),
    );
  }
}

export async function inputOf(queries: Queries, jobSeq: number): Promise<StoredInput | null> {
  const row = await queries.first(
    "SELECT content, file, stdin_bytes FROM @inputs JOIN @jobs ON seq = job_seq WHERE job_seq = $1",
    jobSeq,
  );
  if (row === undefined) return null;
  const file = textOrNull(row, "file");
  return file === null
    ? { content: new Uint8Array(row.content as Uint8Array) }
    : { file, bytes: row.stdin_bytes as number };
}

export async function inputFileOf(queries: Queries, jobSeq: number): Promise<string | null> {
  const row = await queries.first("SELECT file FROM @inputs WHERE job_seq = $1", jobSeq);
  return row === undefined ? null : textOrNull(row, "file");
}

export async function inputFiles(queries: Queries): Promise<string[]> {
  return (await queries.all("SELECT file FROM @inputs WHERE file IS NOT NULL")).map((row) =>
    text(row, "file")
  );
}
