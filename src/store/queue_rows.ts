/** Rows about queues to values, for every adapter. */

import { type JobState, jobStates } from "../core/job.ts";
import { plainQueue, type Queue, type QueueState } from "../core/queue.ts";
import { parseDemand } from "../core/demand.ts";
import { isKnown, type QueueReport, type WaitingKind } from "./queues.ts";
import { number, type SqlRow, text, textOrNull } from "./rows.ts";

export function queueOf(row: SqlRow): Queue {
  const rateCount = row.rate_count as number | null;
  const defaults = textOrNull(row, "defaults");
  return {
    name: text(row, "name"),
    state: text(row, "state") as QueueState,
    limit: row.live_limit as number | null,
    keyLimit: row.key_limit as number | null,
    rate: rateCount === null ? null : { count: rateCount, perMs: number(row, "rate_per_ms") },
    throttledUntil: row.throttled_until as number | null,
    defaults: defaults === null ? {} : JSON.parse(defaults),
    webhook: textOrNull(row, "webhook"),
  };
}

/** name, state, live_limit, key_limit, rate_count, rate_per_ms, throttled_until, defaults, webhook: in this order for all. */
export function queueValues(queue: Queue): (string | number | null)[] {
  return [
    queue.name,
    queue.state,
    queue.limit,
    queue.keyLimit,
    queue.rate?.count ?? null,
    queue.rate?.perMs ?? null,
    queue.throttledUntil,
    Object.keys(queue.defaults).length === 0 ? null : JSON.stringify(queue.defaults),
    queue.webhook,
  ];
}

/** Rows of queues, of counters (queue, bucket, count), and of what runs (queue, live): a report of each, by name. */
export function reportsOf(rows: {
  readonly queues: readonly SqlRow[];
  readonly counters: readonly SqlRow[];
  readonly live: readonly SqlRow[];
}): QueueReport[] {
  const settings = new Map(rows.queues.map((row) => [text(row, "name"), row]));
  const counted = Map.groupBy(rows.counters, (row) => text(row, "queue"));
  const live = new Map(rows.live.map((row) => [text(row, "queue"), number(row, "live")]));
  const names = [...new Set([...settings.keys(), ...counted.keys()])].toSorted();
  return names.map((name): QueueReport => {
    const row = settings.get(name);
    const sums = new Map((counted.get(name) ?? []).map((each) => [each.bucket, number(each, "count")]));
    const byState = Object.fromEntries(jobStates.map((state) => [state, sums.get(state) ?? 0]));
    return {
      queue: row === undefined ? plainQueue(name) : queueOf(row),
      byState: byState as Record<JobState, number>,
      failed: sums.get("failed") ?? 0,
      live: live.get(name) ?? 0,
      isRegated: row === undefined || row.regated_through === null,
    };
  }).filter(isKnown);
}

/** Of a row with queue, needs and count. */
export function kindOf(row: SqlRow): WaitingKind {
  return { queue: text(row, "queue"), ...parseDemand(text(row, "needs")), count: number(row, "count") };
}
