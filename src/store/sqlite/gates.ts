/**
 * The gates of pending jobs in SQLite: which of them a claim may see. Of the jobs of a key that a limit is set for, as
 * many are ready as may start, those that arrived first; the others are held. Each function is part of one write.
 */

import { gates, keyLimitOf, type LimitsByQueue, limitsOf, type QueueLimits } from "../queue_limits.ts";
import { number, text, textOrNull } from "../rows.ts";
import { type QueueKey, Tally } from "../tally.ts";
import type { Connection } from "./connection.ts";

/** How many due jobs one claim makes ready at most, so that no claim takes long. */
export const promotionBatch = 500;
/** Jobs whose time has come before an instant, those first that were due first. */
export const dueFirst = (instant: string) =>
  `jobs INDEXED BY jobs_delayed WHERE state = 'pending' AND gate = ${gates.delayed} AND run_at <= ${instant} ORDER BY run_at`;
/** How many gates one step sets anew at most. */
const gateBatch = 1000;
/** How many keys one step looks at. */
const keyBatch = 200;

/** Each queue's row is read when it is asked for, once: there may be many of them, and few matter to one write. */
export function queueLimits(connection: Connection): LimitsByQueue {
  const known = new Map<string, QueueLimits | undefined>();
  return {
    get(queue) {
      if (known.has(queue)) return known.get(queue);
      const row = connection.sql("SELECT * FROM queues WHERE name = ?").get(queue);
      const limits = row === undefined ? undefined : limitsOf(row);
      known.set(queue, limits);
      return limits;
    },
  };
}

/** Opens the gate of jobs whose time has come. */
export function promoteDue(connection: Connection, limits: LimitsByQueue, now: number): void {
  // Mostly there are none. Where ANALYZE has seen an almost empty store, SQLite would read all jobs to find that out.
  if (connection.sql(`SELECT 1 FROM ${dueFirst("?")} LIMIT 1`).get(now) === undefined) return;
  const rows = connection.sql(
    `UPDATE jobs SET gate = CASE WHEN limit_key IS NOT NULL AND EXISTS (
                              SELECT 1 FROM queues WHERE name = queue AND key_limit IS NOT NULL)
                            THEN ${gates.held} ELSE ${gates.ready} END
     WHERE seq IN (SELECT seq FROM ${dueFirst("?")} LIMIT ${promotionBatch})
     RETURNING queue, limit_key`,
  ).all(now);
  const touched = new Tally();
  for (const row of rows) touched.touch({ queue: text(row, "queue"), key: textOrNull(row, "limit_key") });
  regateKeys(connection, limits, touched.keys());
}

/** Sets the gates of these keys by what runs of them now. */
export function regateKeys(
  connection: Connection,
  limits: LimitsByQueue,
  keys: Iterable<QueueKey>,
): void {
  for (const { queue, key } of keys) {
    const limit = keyLimitOf(limits, { queue, key });
    if (limit !== null) regateKey(connection, { queue, key }, limit);
  }
}

/** How many jobs of a key run. */
export function liveOfKey(connection: Connection, queue: string, key: string): number {
  const row = connection.sql(
    `SELECT count(*) AS count FROM jobs INDEXED BY jobs_live_key
     WHERE state = 'processing' AND limit_key IS NOT NULL AND queue = ? AND limit_key = ?`,
  ).get(queue, key)!;
  return number(row, "count");
}

/** Returns how many gates it set: as many as a batch, where there may be more to set. */
function regateKey(
  connection: Connection,
  { queue, key }: QueueKey,
  limit: number | null,
): number {
  const room = limit === null ? gateBatch : Math.max(0, limit - liveOfKey(connection, queue, key));
  const first = (index: string, gate: number, count: number) =>
    connection.sql(
      `SELECT seq FROM jobs INDEXED BY ${index}
       WHERE state = 'pending' AND gate = ${gate} AND limit_key IS NOT NULL AND queue = ? AND limit_key = ?
       ORDER BY seq LIMIT ?`,
    ).all(queue, key, count).map((row) => number(row, "seq"));
  const held = first("jobs_held", gates.held, room);
  if (limit === null) return setGates(connection, held, gates.ready);
  const ready = first("jobs_ready_key", gates.ready, room + gateBatch);
  const best = new Set([...ready, ...held].toSorted((one, other) => one - other).slice(0, room));
  return setGates(connection, held.filter((seq) => best.has(seq)), gates.ready) +
    setGates(connection, ready.filter((seq) => !best.has(seq)), gates.held);
}

export function setGates(connection: Connection, seqs: readonly number[], gate: number): number {
  for (const seq of seqs) connection.sql("UPDATE jobs SET gate = ? WHERE seq = ?").run(gate, seq);
  return seqs.length;
}

/**
 * Goes on with setting the gates of queues whose key limit has changed, a batch; whether more is left. A limit that was
 * lowered holds from the start, since claims count what runs; one that was raised is felt key by key.
 */
export function regateSome(connection: Connection): boolean {
  let left = gateBatch;
  const marked = connection.sql(`SELECT * FROM ${markedQueues}`).all();
  for (const row of marked) {
    const queue = text(row, "name");
    const { keyLimit, regatedThrough } = limitsOf(row);
    let through = regatedThrough;
    for (let keys = 0; through !== null && keys < keyBatch && left > 0; keys++) {
      const key = nextKey(connection, queue, through);
      if (key !== null) left -= regateKey(connection, { queue, key }, keyLimit);
      // A key that filled the batch may not be done.
      if (left > 0) through = key;
    }
    if (through === regatedThrough) continue;
    connection.sql("UPDATE queues SET regated_through = ? WHERE name = ?").run(through, queue);
  }
  return marked.length > 0 && isMarked(connection);
}

/** As the index has them. */
const markedQueues = "queues INDEXED BY queues_marked WHERE regated_through IS NOT NULL";

/** Whether the key limit of a queue has changed, and its gates are still to be set. */
export function isMarked(connection: Connection): boolean {
  return connection.sql(`SELECT 1 FROM ${markedQueues} LIMIT 1`).get() !== undefined;
}

/** The next key of which jobs wait in a queue, or null. */
function nextKey(connection: Connection, queue: string, after: string): string | null {
  const first = (index: string, gate: number) =>
    `SELECT * FROM (SELECT limit_key FROM jobs INDEXED BY ${index}
       WHERE state = 'pending' AND gate = ${gate} AND limit_key IS NOT NULL AND queue = ?1 AND limit_key > ?2
       ORDER BY limit_key LIMIT 1)`;
  const row = connection.sql(
    `SELECT min(limit_key) AS key
     FROM (${first("jobs_ready_key", gates.ready)} UNION ALL ${first("jobs_held", gates.held)})`,
  ).get(queue, after)!;
  return textOrNull(row, "key");
}
