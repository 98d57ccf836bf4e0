/**
 * The gates of pending jobs in PostgreSQL: which of them a claim may see. Of the jobs of a key that a limit is set for, as
 * many are ready as may start, those that arrived first; the others are held. Each function is part of one write.
 */

import { gates, type LimitsByQueue, limitsByQueue } from "../queue_limits.ts";
import { number, text, textOrNull } from "../rows.ts";
import { type QueueKey, Tally } from "../tally.ts";
import type { Queries } from "./connection.ts";
import { lockQueue, lockQueues, readLimits } from "./queue_lock.ts";
import { earliestDue, lockedOf } from "./waiting.ts";

/** How many due jobs one claim makes ready at most, so that no claim takes long. */
const promotionBatch = 500;
/** How many gates one step sets anew at most. */
const gateBatch = 1000;
/** How many keys one step looks at. */
const keyBatch = 200;

export async function queueLimits(queries: Queries): Promise<LimitsByQueue> {
  return limitsByQueue(await queries.all("SELECT * FROM @queues"));
}

/** What is to be done before a claim that goes by limits: gates of queues whose limit has changed, and of due jobs. */
export async function lookForGates(
  queries: Queries,
): Promise<{ readonly isMarked: boolean; readonly isDue: boolean }> {
  const row = (await queries.first(
    `SELECT EXISTS (SELECT FROM @queues WHERE regated_through IS NOT NULL) AS is_marked,
            ${earliestDue} <= @now AS is_due`,
  ))!;
  return { isMarked: row.is_marked === true, isDue: row.is_due === true };
}

/**
 * Opens the gate of jobs whose time has come; what another claim is just opening is passed over. A write of its own: it
 * takes the locks of other queues than a claim does, and all must be taken in one order.
 */
export async function promoteDue(queries: Queries): Promise<void> {
  const rows = await queries.all(
    `UPDATE @jobs SET gate = ${gates.ready} WHERE seq = ANY (ARRAY(
       SELECT seq FROM @jobs WHERE state = 'pending' AND gate = ${gates.delayed} AND run_at <= (SELECT @now)
       ORDER BY run_at LIMIT ${promotionBatch} FOR UPDATE SKIP LOCKED
     )) RETURNING queue, limit_key`,
  );
  const touched = new Tally();
  for (const row of rows) touched.touch({ queue: text(row, "queue"), key: textOrNull(row, "limit_key") });
  await regateKeys(queries, touched.keys());
}

/** Takes the locks of those of these queues that have a key limit; whether there is one. */
export async function lockKeyLimits(queries: Queries, queues: readonly string[]): Promise<boolean> {
  if (queues.length === 0) return false;
  await readLimits(queries);
  const limited = await queries.all(
    "SELECT name FROM @queues WHERE key_limit IS NOT NULL AND name = ANY ($1::text[])",
    [...new Set(queues)],
  );
  await lockQueues(queries, limited.map((row) => text(row, "name")));
  return limited.length > 0;
}

interface Regated {
  /** How many gates were set. */
  readonly changed: number;
  /** Whether others were not, since somebody else is at those jobs. */
  readonly isLeft: boolean;
}

/** Sets the gates of these keys by what runs of them now. Takes the locks of their queues. */
export async function regateKeys(queries: Queries, keys: readonly QueueKey[]): Promise<Regated> {
  if (!await lockKeyLimits(queries, keys.map(({ queue }) => queue))) return { changed: 0, isLeft: false };
  // The key by bounds, and first in the order: of equal ones and by seq alone, the server would read all jobs by seq.
  const waiting = (gate: number, most: string) =>
    `(SELECT seq, gate FROM @jobs AS jobs WHERE state = 'pending' AND gate = ${gate} AND limit_key IS NOT NULL
        AND jobs.queue = touched.queue AND limit_key >= touched.key AND limit_key <= touched.key
      ORDER BY limit_key, seq LIMIT ${most})`;
  const row = (await queries.first(
    `WITH touched AS MATERIALIZED (
       SELECT given.queue, given.key, greatest(0, key_limit - (
                SELECT count(*) FROM @jobs AS jobs WHERE state = 'processing' AND limit_key IS NOT NULL
                  AND jobs.queue = given.queue AND limit_key = given.key)) AS room
       FROM unnest($1::text[], $2::text[]) AS given (queue, key) JOIN @queues ON name = given.queue
       WHERE key_limit IS NOT NULL
     ), placed AS MATERIALIZED (
       SELECT seq, gate, CASE WHEN row_number() OVER (PARTITION BY queue, key ORDER BY seq) <= room
                              THEN ${gates.ready} ELSE ${gates.held} END AS right_gate
       FROM touched CROSS JOIN LATERAL (
         ${waiting(gates.ready, `room + ${gateBatch}`)} UNION ALL ${waiting(gates.held, "room")}
       ) AS waiting
     ), wrong AS MATERIALIZED (
       SELECT seq, right_gate FROM placed WHERE gate <> right_gate LIMIT ${gateBatch}
     ), ${lockedOf("ARRAY(SELECT seq FROM wrong)")}, changed AS (
       UPDATE @jobs SET gate = CASE WHEN seq = ANY (ARRAY(SELECT seq FROM wrong WHERE right_gate = ${gates.ready}))
                               THEN ${gates.ready} ELSE ${gates.held} END
       WHERE seq = ANY (ARRAY(SELECT seq FROM locked WHERE state = 'pending' AND gate <> ${gates.delayed})) RETURNING 1
     )
     SELECT (SELECT count(*) FROM changed) AS changed,
            (SELECT count(*) FROM wrong) AS wrong`,
    keys.map(({ queue }) => queue),
    keys.map(({ key }) => key),
  ))!;
  const changed = number(row, "changed");
  const isLeft = changed < number(row, "wrong");
  if (isLeft) await markLeft(queries, keys);
  return { changed, isLeft };
}

/**
 * What somebody else is at was passed over, since they may wait for a lock of ours. They may leave the job as it is, so
 * the gates are set once more, by whoever claims next.
 */
async function markLeft(queries: Queries, keys: readonly QueueKey[]): Promise<void> {
  await queries.run(
    "UPDATE @queues SET regated_through = '' WHERE key_limit IS NOT NULL AND name = ANY ($1::text[])",
    [...new Set(keys.map(({ queue }) => queue))],
  );
}

/** Holds jobs that were ready though no job of their key may start. */
export async function hold(queries: Queries, seqs: readonly number[]): Promise<void> {
  if (seqs.length === 0) return;
  await queries.run(
    `WITH ${lockedOf("$1::bigint[]")}
     UPDATE @jobs SET gate = ${gates.held}
     WHERE seq = ANY (ARRAY(SELECT seq FROM locked WHERE state = 'pending' AND gate = ${gates.ready}))`,
    seqs,
  );
}

/**
 * Goes on with setting the gates of a queue whose key limit has changed, a batch; whether more is left. A limit that
 * was lowered holds from the start, since claims count what runs; one that was raised is felt key by key.
 */
export async function regateSome(queries: Queries): Promise<boolean> {
  const marked = await queries.all(
    "SELECT name FROM @queues WHERE regated_through IS NOT NULL ORDER BY name LIMIT 2",
  );
  const [first] = marked;
  if (first === undefined) return false;
  const queue = text(first, "name");
  await readLimits(queries);
  await lockQueue(queries, queue);
  const row = await queries.first(
    "SELECT key_limit, regated_through FROM @queues WHERE name = $1 FOR UPDATE",
    queue,
  );
  const after = row === undefined ? null : textOrNull(row, "regated_through");
  if (after === null) return true;
  const through = row!.key_limit === null
    ? await openAll(queries, queue)
    : await regateAfter(queries, queue, after);
  await queries.run("UPDATE @queues SET regated_through = $1 WHERE name = $2", through, queue);
  return through !== null || marked.length > 1;
}

/** Without a limit nothing is held. Where to go on from, or null. */
async function openAll(queries: Queries, queue: string): Promise<string | null> {
  const opened = await queries.run(
    `UPDATE @jobs SET gate = ${gates.ready} WHERE seq = ANY (ARRAY(
       SELECT seq FROM @jobs WHERE state = 'pending' AND gate = ${gates.held} AND queue = $1
       ORDER BY limit_key, seq LIMIT ${gateBatch} FOR UPDATE SKIP LOCKED))`,
    queue,
  );
  if (opened > 0) return "";
  const left = await queries.first(
    `SELECT FROM @jobs WHERE state = 'pending' AND gate = ${gates.held} AND queue = $1
     ORDER BY limit_key, seq LIMIT 1`,
    queue,
  );
  return left === undefined ? null : "";
}

async function regateAfter(queries: Queries, queue: string, after: string): Promise<string | null> {
  const next = (gate: number, beyond: string) =>
    `(SELECT limit_key FROM @jobs WHERE state = 'pending' AND gate = ${gate} AND limit_key IS NOT NULL
        AND queue = $1 AND limit_key > ${beyond} ORDER BY limit_key LIMIT 1)`;
  const rows = await queries.all(
    `WITH RECURSIVE found (key) AS (
       SELECT least(${next(gates.ready, "$2")}, ${next(gates.held, "$2")})
       UNION ALL
       SELECT least(${next(gates.ready, "found.key")}, ${next(gates.held, "found.key")})
       FROM found WHERE key IS NOT NULL
     ) SELECT key FROM found WHERE key IS NOT NULL LIMIT ${keyBatch}`,
    queue,
    after,
  );
  const keys = rows.map((row) => text(row, "key"));
  const { changed, isLeft } = await regateKeys(queries, keys.map((key) => ({ queue, key })));
  // Keys that filled the batch may not be done.
  if (changed >= gateBatch || isLeft) return after;
  return keys.length < keyBatch ? null : keys.at(-1)!;
}
