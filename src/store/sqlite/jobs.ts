/** Jobs in SQLite: accepting, listing, counting, and reviving dead ones. */

import { DuplicateJob } from "../../core/errors.ts";
import { instantAfter } from "../../core/backoff.ts";
import { type Job, type JobState, jobStates, type NewJob, sortAt, type StateFilter } from "../../core/job.ts";
import type { Accepted, Counts, JobPage } from "../store.ts";
import type { Connection } from "./connection.ts";
import { Tally } from "./counters.ts";
import { isUniqueViolation } from "./errors.ts";
import { jobOf, number, text } from "./rows.ts";

/** Stores a batch. Within a write. */
export function insertJobs(connection: Connection, jobs: readonly NewJob[], now: number): Accepted[] {
  const tally = new Tally();
  const accepted = jobs.map((job, index) => {
    const runAt = "at" in job.due ? job.due.at : instantAfter(now, job.due.afterMs);
    insertJob(connection, job, { index, runAt, now, batch: jobs });
    tally.add({ queue: job.queue, state: "pending", attempts: 0 });
    return { id: job.id, runAt };
  });
  tally.write(connection);
  return accepted;
}

function insertJob(
  connection: Connection,
  job: NewJob,
  at: { index: number; runAt: number; now: number; batch: readonly NewJob[] },
): void {
  try {
    connection.sql(
      `INSERT INTO jobs (id, queue, limit_key, state, gate, sort_at, priority, command, argv, cwd, env,
                         max_retries, run_at, created_at, updated_at)
       VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      job.id,
      job.queue,
      job.key,
      at.runAt <= at.now ? 0 : 1,
      sortAt(at.runAt, job.priority),
      job.priority,
      job.command,
      job.argv === null ? null : JSON.stringify(job.argv),
      job.cwd,
      hasEntries(job.env) ? JSON.stringify(job.env) : null,
      job.maxRetries,
      at.runAt,
      at.now,
      at.now,
    );
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const twice = at.batch.slice(0, at.index).some((other) => other.id === job.id);
    const state = twice ? "in the same batch" : jobById(connection, job.id)?.state ?? "stored";
    throw new DuplicateJob(job.id, state, at.index);
  }
}

function hasEntries(record: Readonly<Record<string, string>>): boolean {
  for (const _ in record) return true;
  return false;
}

export function jobById(connection: Connection, id: string): Job | null {
  const row = connection.sql("SELECT * FROM jobs WHERE id = ?").get(id);
  return row === undefined ? null : jobOf(row);
}

export function jobPage(connection: Connection, page: JobPage): Job[] {
  const beyond = page.after ?? (page.order === "newest" ? Number.MAX_SAFE_INTEGER : 0);
  const [comparison, direction] = page.order === "newest" ? ["<", "DESC"] : [">", "ASC"];
  const rows = connection.sql(
    `SELECT * FROM jobs WHERE seq ${comparison} ? ${
      stateCondition(page.state)
    } ORDER BY seq ${direction} LIMIT ?`,
  ).all(beyond, page.limit);
  return rows.map(jobOf);
}

function stateCondition(state: StateFilter | undefined): string {
  if (state === undefined) return "";
  return state === "failed" ? "AND state = 'pending' AND attempts > 0" : `AND state = '${state}'`;
}

export function countJobs(connection: Connection, now: number): Counts {
  const rows = connection.sql("SELECT bucket, sum(count) AS count FROM counters GROUP BY bucket").all();
  const sums = new Map(rows.map((row) => [text(row, "bucket"), number(row, "count")]));
  const delayed = connection.sql(
    `SELECT count(*) AS count, min(run_at) AS next FROM jobs INDEXED BY jobs_delayed
     WHERE state = 'pending' AND gate = 1 AND run_at > ?`,
  ).get(now)!;
  const byState = Object.fromEntries(jobStates.map((state) => [state, sums.get(state) ?? 0]));
  return {
    byState: byState as Record<JobState, number>,
    failed: sums.get("failed") ?? 0,
    delayed: number(delayed, "count"),
    nextDueAt: delayed.next as number | null,
  };
}

/** Revives one dead job; returns the state that it was found in, or null where there is none. */
export function reviveDead(connection: Connection, id: string, now: number): JobState | null {
  const job = jobById(connection, id);
  if (job === null) return null;
  if (job.state === "dead") revive(connection, [job], now);
  return job.state;
}

/** Revives one page of dead jobs, oldest first; returns those that were. */
export function reviveDeadPage(
  connection: Connection,
  page: Omit<JobPage, "state" | "order">,
  now: number,
): Job[] {
  const dead = jobPage(connection, { ...page, state: "dead", order: "oldest" });
  revive(connection, dead, now);
  return dead;
}

function revive(connection: Connection, jobs: readonly Job[], now: number): void {
  const tally = new Tally();
  for (const job of jobs) {
    connection.sql(
      `UPDATE jobs SET state = 'pending', reason = NULL, gate = 0, sort_at = ?, attempts = 0, crash_count = 0,
              run_at = ?, updated_at = ?, finished_at = NULL
       WHERE seq = ?`,
    ).run(sortAt(now, job.priority), now, now, job.seq);
    tally.move(job, { queue: job.queue, state: "pending", attempts: 0 });
  }
  tally.write(connection);
}
