/** The JSON of a queue: fields are only ever added. */

import { formatDuration } from "../core/duration.ts";
import type { Queue, QueueDefaults } from "../core/queue.ts";
import { formatRate } from "../core/rate.ts";
import { shownWebhook } from "../core/webhook_url.ts";
import type { QueueReport } from "../store/queues.ts";
import { isoTime } from "./json.ts";

/** What jobs of a queue get, in the fields in which it is set; those that are not set are left out. */
export function defaultsJson({ priority, maxRetries, timeoutMs, killAfterMs, rules }: QueueDefaults) {
  const length = (ms: number | null | undefined) => ms == null ? undefined : formatDuration(ms);
  const waits = rules?.waits;
  const fields = {
    priority,
    max_retries: maxRetries,
    timeout: length(timeoutMs),
    kill_after: length(killAfterMs),
    backoff: typeof waits === "object" ? waits.map(formatDuration).join() : waits,
    backoff_base: rules?.backoffBase,
    backoff_max: length(rules?.backoffMaxMs),
    backoff_jitter: rules?.backoffJitter,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Until when nothing starts, or null where it is over. */
export function throttleOf({ throttledUntil }: Queue, now: number): number | null {
  return throttledUntil !== null && throttledUntil > now ? throttledUntil : null;
}

export function queueJson({ queue, byState, failed, live }: QueueReport, now: number) {
  const { pending, blocked, completed, dead, cancelled } = byState;
  return {
    name: queue.name,
    state: queue.state,
    limit: queue.limit,
    key_limit: queue.keyLimit,
    rate: queue.rate === null ? null : formatRate(queue.rate),
    throttled_until: isoTime(throttleOf(queue, now)),
    defaults: defaultsJson(queue.defaults),
    webhook: queue.webhook === null ? null : shownWebhook(queue.webhook),
    pending,
    processing: live,
    completed,
    failed,
    dead,
    blocked,
    cancelled,
    total: Object.values(byState).reduce((sum, count) => sum + count, 0),
  };
}
