/** Keeps the counters in step with the jobs, inside the transaction that moves them. */

import type { JobState } from "../../core/job.ts";
import { assertMove } from "../../core/transitions.ts";
import type { Connection } from "./connection.ts";

/** What a job counts towards: its state, and `failed` while it waits for a retry. */
export type Bucket = JobState | "failed";

export interface Counted {
  readonly queue: string;
  readonly state: JobState;
  readonly attempts: number;
}

function bucketsOf(job: Counted): Bucket[] {
  return job.state === "pending" && job.attempts > 0 ? ["pending", "failed"] : [job.state];
}

/** Collects the moves of one transaction; `write` adds them up, one row a bucket. */
export class Tally {
  readonly #changes = new Map<string, { queue: string; bucket: Bucket; by: number }>();

  add(job: Counted): void {
    this.#count(job, 1);
  }

  /** A job's move from one state to another; throws where the table of moves has none such. */
  move(from: Counted, to: Counted): void {
    assertMove(from.state, to.state);
    this.#count(from, -1);
    this.#count(to, 1);
  }

  write(connection: Connection): void {
    for (const { queue, bucket, by } of this.#changes.values()) {
      if (by === 0) continue;
      connection.sql(
        `INSERT INTO counters (queue, bucket, count) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET count = count + excluded.count`,
      ).run(queue, bucket, by);
    }
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
