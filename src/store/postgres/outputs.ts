/** What runs wrote, in PostgreSQL: the last part of each stream. Each function is part of one read or write. */

import type { RunRef, StreamTail } from "../../core/run.ts";
import type { PublishedOutput } from "../store.ts";
import type { Queries } from "./connection.ts";

type RunKey = Pick<RunRef, "jobSeq" | "number">;

export async function writeTail(
  queries: Queries,
  run: RunKey,
  stream: "out" | "err",
  tail: StreamTail | null,
): Promise<void> {
  if (tail === null || tail.tail.length === 0) return;
  await queries.run(
    `INSERT INTO @outputs (job_seq, number, stream, tail) VALUES ($1, $2, $3, $4)
     ON CONFLICT (job_seq, number, stream) DO UPDATE SET tail = excluded.tail`,
    run.jobSeq,
    run.number,
    stream,
    tail.tail,
  );
}

export async function tailOf(
  queries: Queries,
  run: RunKey,
  stream: "out" | "err",
): Promise<StreamTail | null> {
  const row = await queries.first(
    `SELECT tail, CASE stream WHEN 'out' THEN stdout_bytes ELSE stderr_bytes END AS bytes
     FROM @outputs JOIN @runs USING (job_seq, number) WHERE job_seq = $1 AND number = $2 AND stream = $3`,
    run.jobSeq,
    run.number,
    stream,
  );
  if (row === undefined) return null;
  const tail = new Uint8Array(row.tail as Uint8Array);
  return { tail, bytes: row.bytes as number | null ?? tail.length };
}

export async function markWatched(queries: Queries, run: RunKey, forMs: number): Promise<void> {
  await queries.run(
    "UPDATE @runs SET watched_until = @now + $1 WHERE job_seq = $2 AND number = $3",
    forMs,
    run.jobSeq,
    run.number,
  );
}

export async function publish(
  queries: Queries,
  run: RunKey,
  { stdout, stderr }: PublishedOutput,
): Promise<void> {
  await queries.run(
    "UPDATE @runs SET stdout_bytes = $1, stderr_bytes = $2, published_at = @now WHERE job_seq = $3 AND number = $4",
    stdout.bytes,
    stderr.bytes,
    run.jobSeq,
    run.number,
  );
  await writeTail(queries, run, "out", stdout);
  await writeTail(queries, run, "err", stderr);
}
