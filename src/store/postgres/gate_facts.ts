import { type AwaitedEnd, type JobState, sortAt } from "../../core/job.ts";
import { type GatedJob, type GateFacts, mostParents } from "../gate_facts.ts";
import { number, text } from "../rows.ts";
import type { Queries } from "./connection.ts";

/** Within a snapshot. */
export async function readGateFacts(queries: Queries, job: GatedJob): Promise<GateFacts> {
  const parents = await queries.all(
    `SELECT jobs.id, jobs.state, dependencies.awaits
     FROM @dependencies AS dependencies JOIN @jobs AS jobs ON jobs.seq = dependencies.parent_seq
     WHERE dependencies.child_seq = $1 AND dependencies.state = 'open' ORDER BY jobs.seq LIMIT ${mostParents}`,
    job.seq,
  );
  // The earliest of the last starts that the rate counts.
  const first = await queries.first(
    `SELECT starts.started_at + queues.rate_per_ms AS free_at
     FROM @queues AS queues JOIN @starts AS starts ON starts.queue = queues.name
     WHERE queues.name = $1 AND starts.started_at + queues.rate_per_ms > @now
     ORDER BY starts.started_at DESC LIMIT 1
     OFFSET coalesce((SELECT rate_count FROM @queues WHERE name = $1), 1) - 1`,
    job.queue,
  );
  // One by one, since no index holds both.
  const keyAhead = (gate: string) =>
    `(SELECT count(*) FROM @jobs WHERE state = 'pending' AND ${gate} AND queue = $1 AND limit_key = $2::text AND seq < $3::bigint)`;
  const counts = (await queries.first(
    `SELECT
       (SELECT count(*) FROM @jobs WHERE state = 'processing' AND queue = $1 AND limit_key = $2::text) AS key_live,
       ${keyAhead("gate = 0")} + ${keyAhead("gate = 2")} AS key_ahead,
       (SELECT count(*) FROM @jobs WHERE state = 'pending' AND gate = 0 AND queue = $1
          AND (sort_at, seq) < ($4::bigint, $3::bigint)) AS ahead`,
    job.queue,
    job.key,
    job.seq,
    sortAt(job.runAt, job),
  ))!;
  return {
    parents: parents.map((row) => ({
      id: text(row, "id"),
      state: text(row, "state") as JobState,
      awaits: text(row, "awaits") as AwaitedEnd,
    })),
    keyLive: number(counts, "key_live"),
    keyAhead: number(counts, "key_ahead"),
    rateFreeAt: first === undefined ? null : number(first, "free_at"),
    ahead: number(counts, "ahead"),
  };
}
