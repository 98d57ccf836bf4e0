/** Keeps the counters in step with the jobs, inside the transaction that moves them. */

import type { JobState } from "../../core/job.ts";
import { assertMove } from "../../core/transitions.ts";
import type { Queries } from "./connection.ts";

export interface Counted {
  readonly queue: string;
  readonly state: JobState;
  readonly attempts: number;
}

/** How many rows a counter is spread over. */
const shards = 16;

function bucketsOf(job: Counted): string[] {
  return job.state === "pending" && job.attempts > 0 ? ["pending", "failed"] : [job.state];
}

/** Collects the moves of one transaction; `write` adds them up, one row a bucket. */
export class Tally {
  readonly #changes = new Map<string, { queue: string; bucket: string; by: number }>();

  add(job: Counted): void {
    this.#count(job, 1);
  }

  /** A job's move from one state to another; throws where the table of moves has none such. */
  move(from: Counted, to: Counted): void {
    assertMove(from.state, to.state);
    this.#count(from, -1);
    this.#count(to, 1);
  }

  /** The last write of a transaction, in one order of rows for all, so that no two wait for each other. */
  async write(queries: Queries): Promise<void> {
    const changes = [...this.#changes.values()].filter(({ by }) => by !== 0);
    if (changes.length === 0) return;
    await queries.run(
      `INSERT INTO @counters AS stored (queue, bucket, shard, count)
       SELECT queue, bucket, pg_backend_pid() % ${shards}, by
       FROM unnest($1::text[], $2::text[], $3::bigint[]) AS change (queue, bucket, by)
       ORDER BY queue, bucket
       ON CONFLICT (queue, bucket, shard) DO UPDATE SET count = stored.count + excluded.count`,
      changes.map(({ queue }) => queue),
      changes.map(({ bucket }) => bucket),
      changes.map(({ by }) => by),
    );
  }

  #count(job: Counted, by: number): void {
    for (const bucket of bucketsOf(job)) {
      const name = `${bucket} ${job.queue}`;
      const change = this.#changes.get(name);
      if (change === undefined) this.#changes.set(name, { queue: job.queue, bucket, by });
      else change.by += by;
    }
  }
}
