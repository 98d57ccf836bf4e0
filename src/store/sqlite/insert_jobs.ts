/** Stores new jobs in SQLite. */

import { formatDemand } from "../../core/demand.ts";
import { DuplicateJob, ExpiresTooSoon } from "../../core/errors.ts";
import { expiresTooSoon } from "../../core/expiry.ts";
import type { NewJob } from "../../core/job.ts";
import { sortAt } from "../../core/job.ts";
import { bytesOf } from "../../core/job_input.ts";
import { instantOf } from "../../core/moment.ts";
import { stepOf } from "../edits.ts";
import { gateOf, type LimitsByQueue } from "../queue_limits.ts";
import type { Accepted } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Connection } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { refuseDrained } from "./draining.ts";
import type { SqlValue } from "./driver.ts";
import { isUniqueViolation } from "./errors.ts";
import { queueLimits } from "./gates.ts";
import { insertInputs } from "./inputs.ts";
import { jobById } from "./jobs.ts";

/** How many jobs a statement stores where there are so many: half the time of one each, and less. */
const insertSizes = [250, 25, 1] as const;

export interface Insertion {
  readonly now: number;
  /** `links.ts`, which few batches need; null where no job waits for another one. */
  readonly links: Pick<typeof import("./links.ts"), "planLinks" | "writeLinks"> | null;
}

/** Stores a batch. Within a write. */
export function insertJobs(
  connection: Connection,
  jobs: readonly NewJob[],
  { now, links }: Insertion,
): Accepted[] {
  refuseDrained(connection, jobs);
  const accepted = jobs.map((job, index) => {
    const times = timesOf(job, now);
    if (expiresTooSoon(times, now)) throw new ExpiresTooSoon(job.id, index);
    const { runAt, expiresAt } = times;
    return { id: job.id, state: "pending" as const, conflict: null, runAt, expiresAt };
  });
  const plan = links?.planLinks(connection, jobs) ?? null;
  const limits = queueLimits(connection);
  for (let from = 0; from < jobs.length;) {
    const to = from + insertSizes.find((size) => size <= jobs.length - from)!;
    insertSome(connection, { from, to, now, limits, batch: jobs });
    from = to;
  }
  insertInputs(connection, jobs);
  const tally = new Tally();
  for (const [place, { queue, key }] of jobs.entries()) {
    tally.add({ queue, key, state: plan?.get(place)?.state ?? "pending", attempts: 0 });
  }
  if (plan !== null) links!.writeLinks(connection, { jobs, plan, now });
  writeTally(connection, tally);
  if (plan === null) return accepted;
  return accepted.map((job, place) => ({ ...job, state: plan.get(place)?.state ?? "pending" }));
}

function timesOf({ due, expires }: NewJob, now: number) {
  return { runAt: instantOf(due, now), expiresAt: expires === null ? null : instantOf(expires, now) };
}

/** Part of a batch. */
interface Slice {
  readonly from: number;
  readonly to: number;
  readonly now: number;
  readonly limits: LimitsByQueue;
  readonly batch: readonly NewJob[];
}

/** Stores them by one statement; where an id is taken, one by one, so that it comes out which. */
function insertSome(connection: Connection, slice: Slice): void {
  const { from, to, batch } = slice;
  if (to - from > 1) {
    try {
      insertRows(connection, batch.slice(from, to), slice);
      return;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
    }
  }
  for (let index = from; index < to; index++) insertOne(connection, index, slice);
}

function insertOne(connection: Connection, index: number, slice: Slice): void {
  const { batch } = slice;
  const { id } = batch[index]!;
  try {
    insertRows(connection, batch.slice(index, index + 1), slice);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const twice = batch.slice(0, index).some((other) => other.id === id);
    const state = twice ? "in the same batch" : jobById(connection, id)?.state ?? "stored";
    throw new DuplicateJob(id, state, index);
  }
}

/**
 * Handing a value over takes as long as storing it. So columns that none of the jobs uses are left out, and where the
 * jobs differ in nothing but their ids and commands, the rest is handed over once.
 */
function insertRows(connection: Connection, jobs: readonly NewJob[], slice: Slice): void {
  const others = jobs.map((job) => otherValuesOf(job, slice));
  const isPlain = others.every((row) => row.every((value) => value === null));
  const rows = jobs.map((job, place) => {
    const usual = usualValuesOf(job, slice);
    return isPlain ? usual : [...usual, ...others[place]!];
  });
  const first = rows[0]!;
  const areAlike = rows.every((row) => row.every((value, i) => i < ownColumns || value === first[i]));
  const values: SqlValue[] = [slice.now];
  if (areAlike) values.push(...first.slice(ownColumns));
  for (const row of rows) values.push(...areAlike ? row.slice(0, ownColumns) : row);
  connection.sql(insertion(jobs.length, { isPlain, areAlike })).run(...values);
}

/** Of the usual columns, those in which jobs always differ: the first ones. */
const ownColumns = 2;
/** In the order of `usualValuesOf`. */
const usualColumns = "id, command, queue, gate, sort_at, priority, cwd, env, needs, max_retries, run_at"
  .split(", ");
/** In the order of `otherValuesOf`. */
const otherColumns =
  "limit_key, priority_step_ms, hook_of, unique_key, traceparent, webhook, argv, timeout_ms, kill_after_ms, rules, label, meta, stdin_bytes, expires_at"
    .split(", ");

const insertions = new Map<string, string>();

/** The statement for so many jobs: the first parameter is the time, then come what they share, and each one's own. */
function insertion(count: number, shape: { readonly isPlain: boolean; readonly areAlike: boolean }): string {
  const name = `${count} ${shape.isPlain} ${shape.areAlike}`;
  const known = insertions.get(name);
  if (known !== undefined) return known;
  const columns = shape.isPlain ? usualColumns : [...usualColumns, ...otherColumns];
  const shared = columns.slice(ownColumns).map((_, i) => `?${i + 2}`);
  const marks = (row: number) =>
    shape.areAlike
      ? [
        ...columns.slice(0, ownColumns).map((_, i) => `?${2 + shared.length + row * ownColumns + i}`),
        ...shared,
      ]
      : columns.map(() => "?");
  const rows = Array.from({ length: count }, (_, row) => `('pending', ?1, ?1, ${marks(row).join(", ")})`);
  const text = `INSERT INTO jobs (state, created_at, updated_at, ${columns.join(", ")}) VALUES ${
    rows.join(", ")
  }`;
  insertions.set(name, text);
  return text;
}

function usualValuesOf(job: NewJob, { now, limits }: Slice): SqlValue[] {
  const runAt = instantOf(job.due, now);
  return [
    job.id,
    job.command,
    job.queue,
    gateOf(limits, job, runAt <= now),
    sortAt(runAt, job),
    job.priority,
    job.cwd,
    textOf(job.env),
    formatDemand(job),
    job.maxRetries,
    runAt,
  ];
}

function otherValuesOf(job: NewJob, { now }: Slice): SqlValue[] {
  return [
    job.key,
    stepOf(job),
    job.hookOf,
    job.unique?.key ?? null,
    job.traceparent ?? null,
    job.webhook,
    job.argv === null ? null : JSON.stringify(job.argv),
    job.timeoutMs,
    job.killAfterMs,
    job.rules === null ? null : JSON.stringify(job.rules),
    job.label,
    textOf(job.meta),
    job.input === null ? null : bytesOf(job.input),
    job.expires === null ? null : instantOf(job.expires, now),
  ];
}

/** As JSON; null for none. */
function textOf(record: Readonly<Record<string, string>>): string | null {
  for (const _ in record) return JSON.stringify(record);
  return null;
}
