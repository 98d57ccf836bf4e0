import { type AwaitedEnd, type JobState, sortAt } from "../../core/job.ts";
import { type GatedJob, type GateFacts, mostParents } from "../gate_facts.ts";
import { number, text } from "../rows.ts";
import type { Connection } from "./connection.ts";

/** The body of one read. */
export function readGateFacts(connection: Connection, job: GatedJob, now: number): GateFacts {
  const count = (sql: string, ...values: (string | number | null)[]) =>
    number(connection.sql(`SELECT count(*) AS count FROM jobs ${sql}`).get(...values)!, "count");
  // One by one, since no index holds both.
  const keyAhead = (gate: string) =>
    count(
      `WHERE state = 'pending' AND ${gate} AND limit_key IS NOT NULL AND queue = ? AND limit_key = ? AND seq < ?`,
      job.queue,
      job.key,
      job.seq,
    );
  const parents = connection.sql(
    `SELECT jobs.id, jobs.state, dependencies.awaits FROM dependencies JOIN jobs ON jobs.seq = dependencies.parent_seq
     WHERE dependencies.child_seq = ? AND dependencies.state = 'open' ORDER BY jobs.seq LIMIT ${mostParents}`,
  ).all(job.seq);
  // The earliest of the last starts that the rate counts.
  const first = connection.sql(
    `SELECT starts.started_at + queues.rate_per_ms AS free_at FROM queues JOIN starts ON starts.queue = queues.name
     WHERE queues.name = ?1 AND starts.started_at + queues.rate_per_ms > ?2
     ORDER BY starts.started_at DESC LIMIT 1
     OFFSET coalesce((SELECT rate_count FROM queues WHERE name = ?1), 1) - 1`,
  ).get(job.queue, now);
  return {
    parents: parents.map((row) => ({
      id: text(row, "id"),
      state: text(row, "state") as JobState,
      awaits: text(row, "awaits") as AwaitedEnd,
    })),
    keyLive: job.key === null
      ? 0
      : count("WHERE state = 'processing' AND queue = ? AND limit_key = ?", job.queue, job.key),
    keyAhead: job.key === null ? 0 : keyAhead("gate = 0") + keyAhead("gate = 2"),
    rateFreeAt: first === undefined ? null : number(first, "free_at"),
    ahead: count(
      "WHERE state = 'pending' AND gate = 0 AND queue = ? AND (sort_at, seq) < (?, ?)",
      job.queue,
      sortAt(job.runAt, job),
      job.seq,
    ),
  };
}
