/** What runs wrote, in SQLite: the last part of each stream. Each function is part of one read or write. */

import type { RunRef, StreamTail } from "../../core/run.ts";
import type { PublishedOutput } from "../store.ts";
import type { Connection } from "./connection.ts";

type RunKey = Pick<RunRef, "jobSeq" | "number">;

export function writeTail(
  connection: Connection,
  run: RunKey,
  stream: "out" | "err",
  tail: StreamTail | null,
): void {
  if (tail === null || tail.tail.length === 0) return;
  connection.sql(
    "INSERT OR REPLACE INTO outputs (job_seq, number, stream, tail) VALUES (?, ?, ?, ?)",
  ).run(run.jobSeq, run.number, stream, tail.tail);
}

export function tailOf(connection: Connection, run: RunKey, stream: "out" | "err"): StreamTail | null {
  const row = connection.sql(
    `SELECT tail, CASE stream WHEN 'out' THEN stdout_bytes ELSE stderr_bytes END AS bytes
     FROM outputs JOIN runs USING (job_seq, number) WHERE job_seq = ? AND number = ? AND stream = ?`,
  ).get(run.jobSeq, run.number, stream);
  if (row === undefined) return null;
  const tail = row.tail as Uint8Array;
  return { tail, bytes: row.bytes as number | null ?? tail.length };
}

export function markWatched(connection: Connection, run: RunKey, until: number): void {
  connection.sql("UPDATE runs SET watched_until = ? WHERE job_seq = ? AND number = ?")
    .run(until, run.jobSeq, run.number);
}

export function publish(
  connection: Connection,
  run: RunKey,
  { stdout, stderr, now }: PublishedOutput & { readonly now: number },
): void {
  connection.sql(
    "UPDATE runs SET stdout_bytes = ?, stderr_bytes = ?, published_at = ? WHERE job_seq = ? AND number = ?",
  ).run(stdout.bytes, stderr.bytes, now, run.jobSeq, run.number);
  writeTail(connection, run, "out", stdout);
  writeTail(connection, run, "err", stderr);
}
