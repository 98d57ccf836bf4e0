/** What a queue's row says about claims and gates, in either database. */

import type { Queue, QueueState } from "../core/queue.ts";
import { number, type SqlRow, text, textOrNull } from "./rows.ts";

/** A queue of which something was set. */
export interface QueueLimits extends Pick<Queue, "state" | "limit" | "keyLimit" | "rate" | "throttledUntil"> {
  /** The last key whose gates were set anew since the key limit has changed; null when all are. */
  readonly regatedThrough: string | null;
}

/** By the names of the queues; a queue that is not in it has no limits. */
export type LimitsByQueue = Pick<ReadonlyMap<string, QueueLimits>, "get">;

export function limitsByQueue(rows: readonly SqlRow[]): LimitsByQueue {
  return new Map(rows.map((row) => [text(row, "name"), limitsOf(row)]));
}

export function limitsOf(row: SqlRow): QueueLimits {
  const count = row.rate_count as number | null;
  return {
    state: text(row, "state") as QueueState,
    limit: row.live_limit as number | null,
    keyLimit: row.key_limit as number | null,
    rate: count === null ? null : { count, perMs: number(row, "rate_per_ms") },
    throttledUntil: row.throttled_until as number | null,
    regatedThrough: textOrNull(row, "regated_through"),
  };
}

/** The gates of pending jobs. Held ones are let go one after the other, as many as their key's limit has room for. */
export const gates = { ready: 0, delayed: 1, held: 2 } as const;

/** The gate of a job that becomes pending. Of one that a key's limit may hold, it is set anew in the same transaction. */
export function gateOf(
  limits: LimitsByQueue,
  job: { readonly queue: string; readonly key: string | null },
  isDue: boolean,
): number {
  if (!isDue) return gates.delayed;
  return keyLimitOf(limits, job) === null ? gates.ready : gates.held;
}

/** How many jobs of this job's key may run at once in its queue, or null for any number. */
export function keyLimitOf(
  limits: LimitsByQueue,
  { queue, key }: { readonly queue: string; readonly key: string | null },
): number | null {
  return key === null ? null : limits.get(queue)?.keyLimit ?? null;
}
