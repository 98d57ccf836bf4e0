/** Statistics in SQLite. Each function is the body of one read or write. */

import { type Job, type JobState, strictPriorityStepMs } from "../../core/job.ts";
import type { Outcome } from "../../core/run.ts";
import { number, type SqlRow, text } from "../rows.ts";
import {
  firstSpanAt,
  keepStatisticsMs,
  measuresOf,
  type OldestWaiting,
  outcomeBucket,
  packAtOnceMs,
  packLimits,
  type Programs,
  spans,
  type Statistics,
  type StatisticsRequest,
} from "../statistics.ts";
import { Packing, runMeasure, StatisticsSum } from "../statistics_pack.ts";
import type { Connection } from "./connection.ts";

const add =
  "ON CONFLICT DO UPDATE SET count = count + excluded.count, total_ms = total_ms + excluded.total_ms";

/** A run that has ended: `job` as it was claimed. One statement for all three rows, which is half the time. */
export function countRun(
  connection: Connection,
  job: Job,
  by: {
    readonly outcome: Outcome;
    readonly state: JobState;
    readonly now: number;
    readonly programs: Programs;
  },
): void {
  const { program, waitMeasure, waitBucket, waitMs } = measuresOf(job, by.programs);
  const run = runMeasure(job.startedAt, by.now);
  connection.sql(
    `INSERT INTO tallies (at, queue, program, measure, bucket, shard, count, total_ms)
     VALUES (?1, ?2, ?3, 'outcome', ?4, 0, 1, 0), (?1, ?2, ?3, ?5, ?6, 0, 1, ?7), (?1, ?2, ?3, 'run', ?8, 0, 1, ?9)
     ${add}`,
  ).run(
    by.now - by.now % spans.minute,
    job.queue,
    program,
    outcomeBucket(by.outcome, by.state),
    waitMeasure,
    String(waitBucket),
    waitMs,
    run.bucket,
    run.ms,
  );
}

export function readStatistics(connection: Connection, request: StatisticsRequest, now: number): Statistics {
  const from = request.from === null ? null : firstSpanAt(request.from, now);
  const sum = new StatisticsSum(request.by, from);
  const packed = from === null
    ? connection.sql(`SELECT * FROM statistics WHERE span_ms = ${spans.totals}`).all()
    : connection.sql(
      `SELECT * FROM statistics WHERE span_ms IN (${spans.minute}, ${spans.halfHour}) AND at >= ?`,
    ).all(from);
  for (const row of packed) sum.addPacked(row);
  for (const row of connection.sql("SELECT * FROM tallies WHERE at >= ?").all(from ?? 0)) sum.addTally(row);
  return sum.result(now);
}

/** Packs minutes that are over, minutes that are old into half hours, and drops half hours that are too old. */
export function foldStatistics(connection: Connection, now: number): void {
  const { tallies: over, minutes } = packLimits(now);
  const first = connection.sql("SELECT min(at) AS at FROM tallies").get()!.at as number | null;
  const tallies = Math.min(over, (first ?? over) + packAtOnceMs);
  const packing = new Packing();
  for (const row of connection.sql("SELECT * FROM tallies WHERE at < ?").all(tallies)) packing.addTally(row);
  if (connection.sql("DELETE FROM tallies WHERE at < ?").run(tallies) > 0) writePacked(connection, packing);
  const halves = new Packing();
  const isOld = `span_ms = ${spans.minute} AND at < ?`;
  halves.addMinutes(connection.sql(`SELECT * FROM statistics WHERE ${isOld}`).all(minutes));
  if (connection.sql(`DELETE FROM statistics WHERE ${isOld}`).run(minutes) === 0) return;
  writePacked(connection, halves);
  connection.sql("DELETE FROM statistics WHERE span_ms = ? AND at < ?")
    .run(spans.halfHour, now - keepStatisticsMs - spans.halfHour);
}

/** Adds them to what is stored. */
function writePacked(connection: Connection, packing: Packing): void {
  const stored = connection.sql(
    "SELECT * FROM statistics WHERE span_ms = ? AND at = ? AND queue = ? AND program = ?",
  );
  for (const { spanMs, at, queue, program } of packing.rows()) {
    const row = stored.get(spanMs, at, queue, program);
    if (row !== undefined) packing.addPacked(row);
  }
  for (const { spanMs, at, queue, program, counts } of packing.rows()) {
    connection.sql(
      `INSERT INTO statistics (span_ms, at, queue, program, counts) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET counts = excluded.counts`,
    ).run(spanMs, at, queue, program, counts);
  }
}

/** What was counted of a queue is counted of its new name, beside what another queue of that name has left. */
export function renameStatistics(connection: Connection, from: string, to: string): void {
  connection.sql(
    `INSERT INTO tallies (at, queue, program, measure, bucket, shard, count, total_ms)
     SELECT at, ?2, program, measure, bucket, shard, count, total_ms FROM tallies WHERE queue = ?1 ${add}`,
  ).run(from, to);
  connection.sql("DELETE FROM tallies WHERE queue = ?").run(from);
  const packing = new Packing();
  const rows: SqlRow[] = connection.sql("SELECT * FROM statistics WHERE queue = ?").all(from);
  for (const row of rows) packing.addPacked(row, { queue: to });
  connection.sql("DELETE FROM statistics WHERE queue = ?").run(from);
  writePacked(connection, packing);
}

/** More kinds of needs and steps of priority than so many are not looked through. */
const mostHeads = 500;

/**
 * Of each queue the earliest due time of what is ready or due. The index of ready jobs has no due times by themselves,
 * but within one priority it is in their order: so only the heads are read.
 */
export function oldestWaiting(connection: Connection, now: number): OldestWaiting[] {
  const oldest = new Map<string, OldestWaiting>();
  const note = (row: SqlRow) => {
    const found = { queue: text(row, "queue"), id: text(row, "id"), dueAt: number(row, "run_at") };
    if (found.dueAt < (oldest.get(found.queue)?.dueAt ?? Infinity)) oldest.set(found.queue, found);
  };
  const head = connection.sql(
    `SELECT id, queue, needs, run_at, priority, priority_step_ms FROM jobs INDEXED BY jobs_ready
     WHERE state = 'pending' AND gate = 0 AND (queue, needs, sort_at) > (?, ?, ?)
     ORDER BY queue, needs, sort_at LIMIT 1`,
  );
  let row = head.get("", "", -Number.MAX_SAFE_INTEGER);
  for (let count = 0; row !== undefined && count < mostHeads; count++) {
    note(row);
    // Beyond all that is due with this priority, where the next lower one begins.
    const step = row.priority_step_ms as number | null ?? strictPriorityStepMs;
    row = head.get(text(row, "queue"), text(row, "needs"), now - number(row, "priority") * step);
  }
  // Nobody has let it in: there is no worker, or it is just due.
  const delayed = connection.sql(
    `SELECT id, queue, run_at FROM jobs INDEXED BY jobs_delayed WHERE state = 'pending' AND gate = 1 AND run_at <= ?
     ORDER BY run_at LIMIT 1`,
  ).get(now);
  if (delayed !== undefined) note(delayed);
  return [...oldest.values()].toSorted((one, other) => one.dueAt - other.dueAt);
}
