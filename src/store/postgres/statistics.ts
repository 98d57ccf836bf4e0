/** Statistics in PostgreSQL; each settlement adds to them in `turn.ts`. Each function is part of one read or write. */

import { strictPriorityStepMs } from "../../core/job.ts";
import { number, text } from "../rows.ts";
import {
  firstSpanAt,
  keepStatisticsMs,
  type OldestWaiting,
  packAtOnceMs,
  packLimits,
  spans,
  type Statistics,
  type StatisticsRequest,
} from "../statistics.ts";
import { type PackedRow, Packing, StatisticsSum } from "../statistics_pack.ts";
import type { Queries } from "./connection.ts";

/** What is stored already is added to; the table is called `stored`. */
export const addToStored = `ON CONFLICT (at, queue, program, measure, bucket, shard)
  DO UPDATE SET count = stored.count + excluded.count, total_ms = stored.total_ms + excluded.total_ms`;

async function nowOf(queries: Queries): Promise<number> {
  return number((await queries.first("SELECT @now AS now"))!, "now");
}

/** Within a snapshot. */
export async function readStatistics(queries: Queries, request: StatisticsRequest): Promise<Statistics> {
  const now = await nowOf(queries);
  const from = request.from === null ? null : firstSpanAt(request.from, now);
  const sum = new StatisticsSum(request.by, from);
  const packed = from === null
    ? await queries.all(`SELECT * FROM @statistics WHERE span_ms = ${spans.totals}`)
    : await queries.all(
      `SELECT * FROM @statistics WHERE span_ms IN (${spans.minute}, ${spans.halfHour}) AND at >= $1`,
      from,
    );
  for (const row of packed) sum.addPacked(row);
  for (const row of await queries.all("SELECT * FROM @tallies WHERE at >= $1", from ?? 0)) sum.addTally(row);
  return sum.result(now);
}

/** Whether there is something to fold; asked first, since folding lets only one do it at a time. */
export async function mustFold(queries: Queries): Promise<boolean> {
  const { tallies, minutes } = packLimits(await nowOf(queries));
  return await queries.first(
    `SELECT FROM (SELECT 1) AS one WHERE EXISTS (SELECT FROM @tallies WHERE at < $1)
       OR EXISTS (SELECT FROM @statistics WHERE span_ms = ${spans.minute} AND at < $2)`,
    tallies,
    minutes,
  ) !== undefined;
}

/** Packs minutes that are over, minutes that are old into half hours, and drops half hours that are too old. */
export async function foldStatistics(queries: Queries): Promise<void> {
  await lockPacked(queries);
  const now = await nowOf(queries);
  const { tallies: over, minutes } = packLimits(now);
  const first = (await queries.first("SELECT min(at) AS at FROM @tallies"))!.at as number | null;
  const tallies = Math.min(over, (first ?? over) + packAtOnceMs);
  const packing = new Packing();
  for (const row of await queries.all("DELETE FROM @tallies WHERE at < $1 RETURNING *", tallies)) {
    packing.addTally(row);
  }
  await writePacked(queries, packing);
  const halves = new Packing();
  halves.addMinutes(
    await queries.all(
      `DELETE FROM @statistics WHERE span_ms = ${spans.minute} AND at < $1 RETURNING *`,
      minutes,
    ),
  );
  await writePacked(queries, halves);
  await queries.run(
    `DELETE FROM @statistics WHERE span_ms = ${spans.halfHour} AND at < $1`,
    now - keepStatisticsMs - spans.halfHour,
  );
}

/** One who packs at a time: it reads what is there and writes the sum. Whoever only reads goes on. */
async function lockPacked(queries: Queries): Promise<void> {
  await queries.run("LOCK TABLE @statistics IN SHARE ROW EXCLUSIVE MODE");
}

/** Adds them to what is stored. */
async function writePacked(queries: Queries, packing: Packing): Promise<void> {
  const columns = (rows: readonly PackedRow[]) =>
    [
      rows.map(({ spanMs }) => spanMs),
      rows.map(({ at }) => at),
      rows.map(({ queue }) => queue),
      rows.map(({ program }) => program),
    ] as const;
  const places = packing.rows();
  if (places.length === 0) return;
  const given = "unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]";
  const stored = await queries.all(
    `SELECT statistics.* FROM @statistics AS statistics
       JOIN ${given}) AS given (span_ms, at, queue, program) USING (span_ms, at, queue, program)`,
    ...columns(places),
  );
  for (const row of stored) packing.addPacked(row);
  const rows = packing.rows();
  await queries.run(
    `INSERT INTO @statistics (span_ms, at, queue, program, counts) SELECT * FROM ${given}, $5::text[])
     ON CONFLICT (span_ms, at, queue, program) DO UPDATE SET counts = excluded.counts`,
    ...columns(rows),
    rows.map(({ counts }) => counts),
  );
}

/** What was counted of a queue is counted of its new name, beside what another queue of that name has left. */
export async function renameStatistics(queries: Queries, from: string, to: string): Promise<void> {
  await lockPacked(queries);
  await queries.run(
    `WITH gone AS (DELETE FROM @tallies WHERE queue = $1 RETURNING *)
     INSERT INTO @tallies AS stored (at, queue, program, measure, bucket, shard, count, total_ms)
     SELECT at, $2, program, measure, bucket, shard, count, total_ms FROM gone
     ORDER BY 1, 2, 3, 4, 5, 6 ${addToStored}`,
    from,
    to,
  );
  const packing = new Packing();
  for (const row of await queries.all("DELETE FROM @statistics WHERE queue = $1 RETURNING *", from)) {
    packing.addPacked(row, { queue: to });
  }
  await writePacked(queries, packing);
}

/** More kinds of needs and steps of priority than so many are not looked through. */
const mostHeads = 500;
const step = `coalesce(priority_step_ms, ${strictPriorityStepMs}::bigint)`;
const head =
  `SELECT id, queue, needs, run_at, priority * ${step} AS lead FROM @jobs WHERE state = 'pending' AND gate = 0`;
const order = "ORDER BY queue, needs, sort_at LIMIT 1";

/**
 * Of each queue the earliest due time of what is ready or due. The index of ready jobs has no due times by themselves,
 * but within one priority it is in their order: so only the heads are read.
 */
export async function oldestWaiting(queries: Queries): Promise<OldestWaiting[]> {
  const rows = await queries.all(
    `WITH RECURSIVE at AS MATERIALIZED (SELECT @now AS now), heads AS (
       (SELECT *, 1 AS place FROM (${head} ${order}) AS first)
       UNION ALL
       SELECT next.*, place + 1 FROM heads, at, LATERAL (
         ${head} AND (queue, needs, sort_at) > (heads.queue, heads.needs, at.now - heads.lead) ${order}
       ) AS next WHERE place < ${mostHeads}
     ), delayed AS (
       -- Nobody has let it in: there is no worker, or it is just due.
       SELECT id, queue, run_at FROM @jobs WHERE state = 'pending' AND gate = 1 AND run_at <= (SELECT now FROM at)
       ORDER BY run_at LIMIT 1
     )
     SELECT * FROM (
       SELECT DISTINCT ON (queue) queue, id, run_at
       FROM (SELECT id, queue, run_at FROM heads UNION ALL SELECT id, queue, run_at FROM delayed) AS found
       ORDER BY queue, run_at
     ) AS oldest ORDER BY run_at, queue`,
  );
  return rows.map((row) => ({
    queue: text(row, "queue"),
    id: text(row, "id"),
    dueAt: number(row, "run_at"),
  }));
}

export async function readLostLeases(queries: Queries): Promise<number> {
  const row = await queries.first("SELECT value FROM @store WHERE name = 'lost_leases'");
  return row === undefined ? 0 : Number(text(row, "value"));
}

export async function countLostLease(queries: Queries): Promise<void> {
  await queries.run(
    `INSERT INTO @store AS stored (name, value) VALUES ('lost_leases', '1')
     ON CONFLICT (name) DO UPDATE SET value = (stored.value::bigint + 1)::text`,
  );
}
