/** Operands that are names of queues, and what is shown of one. */

import { formatDuration } from "../core/duration.ts";
import { QueueError } from "../core/errors.ts";
import { isQueueName, type Queue, type QueueDefaults, queueRule } from "../core/queue.ts";
import { formatRate } from "../core/rate.ts";
import { type ChangedQueue, meantQueue } from "../operations/change_queue.ts";
import type { QueueReport } from "../store/queues.ts";
import { isoTime } from "./json.ts";
import type { Session } from "./session.ts";
import { type ParsedWords, usage } from "./words.ts";

/** The one queue that a command needs. */
export function oneQueue(words: ParsedWords): string {
  const [name, ...others] = words.operands;
  if (name === undefined) throw usage("it needs the name of a queue", words.command);
  if (others.length > 0) throw usage(`it takes one queue, not ${words.operands.length}`, words.command);
  return checkedQueue(name);
}

/** The queues that a command needs, each once, at least one. */
export function someQueues(words: ParsedWords): readonly string[] {
  if (words.operands.length === 0) throw usage("it needs the names of queues", words.command);
  return [...new Set(words.operands.map(checkedQueue))];
}

export function checkedQueue(name: string): string {
  if (isQueueName(name)) return name;
  throw new QueueError("usage", `Cannot use "${name.slice(0, 80)}": that is no name of a queue`, {
    hint: name.includes("*")
      ? "Name each queue; only workers take patterns (worker start --queues 'img-*')"
      : `It must be so: ${queueRule}`,
  });
}

/** Says once of queues that nobody has used before that it may be a slip. */
export async function sayNew(changed: readonly ChangedQueue[], session: Session): Promise<void> {
  for (const { report: { queue }, isNew } of changed) {
    if (!isNew) continue;
    const meant = await meantQueue(await session.store(), queue.name);
    session.say(`There are no jobs in ${queue.name} yet.${meant === undefined ? "" : ` ${meant}`}`);
  }
}

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

export function defaultsText(defaults: QueueDefaults): string {
  const texts = Object.entries(defaultsJson(defaults)).map(([name, value]) =>
    `${name.replaceAll("_", "-")} ${value}`
  );
  return texts.join(", ") || "none";
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
