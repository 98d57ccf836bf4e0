/** What the jobs that one transaction moves change elsewhere. Each adapter writes it down in its own way. */

import { isFinal, type JobState } from "../core/job.ts";
import { assertMove } from "../core/transitions.ts";

/** What a job counts towards: its state, and `failed` while it waits for a retry. */
export type Bucket = JobState | "failed";

export interface Counted {
  readonly queue: string;
  readonly key: string | null;
  readonly state: JobState;
  readonly attempts: number;
}

/** A key of a queue. */
export interface QueueKey {
  readonly queue: string;
  readonly key: string;
}

/** A job that moves from one state to another. */
export interface Moving extends Counted {
  readonly seq: number;
  readonly uniqueKey: string | null;
}

export interface Change {
  readonly queue: string;
  readonly bucket: Bucket;
  readonly by: number;
}

function bucketsOf(job: Counted): Bucket[] {
  return job.state === "pending" && job.attempts > 0 ? ["pending", "failed"] : [job.state];
}

export class Tally {
  readonly #changes = new Map<string, { queue: string; bucket: Bucket; by: number }>();
  readonly #keys = new Map<string, QueueKey>();
  /** Arrival numbers of the jobs that are over now and have named a unique key, which is free then. */
  readonly freeing: number[] = [];

  add(job: Counted): void {
    this.#count(job, 1);
  }

  remove(job: Counted): void {
    this.#count(job, -1);
  }

  /** A job's move from one state to another; throws where the table of moves has none such. */
  move(from: Moving, to: Counted): void {
    assertMove(from.state, to.state);
    if (from.uniqueKey !== null && isFinal(to.state)) this.freeing.push(from.seq);
    this.#count(from, -1);
    this.#count(to, 1);
  }

  /** A job whose place in its line has changed, and not its state. */
  touch({ queue, key }: Pick<Counted, "queue" | "key">): void {
    if (key !== null) this.#keys.set(`${queue} ${key}`, { queue, key });
  }

  /** The keys whose jobs were moved, each once. */
  keys(): QueueKey[] {
    return [...this.#keys.values()];
  }

  /** One for each bucket that is not the same as before. */
  changes(): Change[] {
    return [...this.#changes.values()].filter(({ by }) => by !== 0);
  }

  #count(job: Counted, by: number): void {
    this.touch(job);
    for (const bucket of bucketsOf(job)) {
      const name = `${bucket} ${job.queue}`;
      const change = this.#changes.get(name);
      if (change === undefined) this.#changes.set(name, { queue: job.queue, bucket, by });
      else change.by += by;
    }
  }
}
