/** Queues and their settings in PostgreSQL. Each function is part of one read or write. */

import { plainQueue, type Queue, type QueueDefaults } from "../../core/queue.ts";
import { changedQueue, type QueueChange } from "../../core/queue_change.ts";
import { kindOf, queueOf, queueValues, reportsOf } from "../queue_rows.ts";
import { mostKinds, type QueueReport, type WaitingKind } from "../queues.ts";
import { refuseRename } from "../rename.ts";
import { number, text } from "../rows.ts";
import type { Queries } from "./connection.ts";
import { renameStatistics } from "./statistics.ts";
import { shards } from "./counters.ts";
import { lockLimits, lockQueue, lockQueues } from "./queue_lock.ts";

/** Of one queue, or of all for null. Within a snapshot. */
export async function reportQueues(queries: Queries, name: string | null): Promise<QueueReport[]> {
  const of = (column: string) => name === null ? "true" : `${column} = $1`;
  const values = name === null ? [] : [name];
  return reportsOf({
    queues: await queries.all(`SELECT * FROM @queues WHERE ${of("name")}`, ...values),
    counters: await queries.all(
      `SELECT queue, bucket, sum(count)::bigint AS count FROM @counters WHERE ${
        of("queue")
      } GROUP BY queue, bucket`,
      ...values,
    ),
    live: await queries.all(
      `SELECT queue, count(*) AS live FROM @jobs WHERE state = 'processing' AND ${
        of("queue")
      } GROUP BY queue`,
      ...values,
    ),
  });
}

export async function waitingKinds(queries: Queries): Promise<WaitingKind[]> {
  const rows = await queries.all(
    `SELECT queue, needs, count(*) AS count FROM @jobs WHERE state = 'pending' AND gate = 0
     GROUP BY queue, needs ORDER BY queue, needs LIMIT ${mostKinds}`,
  );
  return rows.map(kindOf);
}

export async function readDefaults(
  queries: Queries,
  names: readonly string[],
): Promise<ReadonlyMap<string, QueueDefaults>> {
  const rows = await queries.all(
    "SELECT name, defaults FROM @queues WHERE name = ANY ($1::text[]) AND defaults IS NOT NULL",
    names,
  );
  return new Map(rows.map((row) => [text(row, "name"), JSON.parse(text(row, "defaults"))]));
}

export async function changeQueue(queries: Queries, name: string, change: QueueChange): Promise<Queue> {
  await lockLimits(queries);
  // Whoever is enqueuing has not seen this yet: that is waited for, so that nothing comes afterwards.
  if (change.state === "draining") await queries.run("LOCK TABLE @jobs IN SHARE ROW EXCLUSIVE MODE");
  await lockQueue(queries, name);
  const row = (await queries.first(
    "SELECT queues.*, @now AS now FROM (SELECT) AS one LEFT JOIN @queues AS queues ON queues.name = $1",
    name,
  ))!;
  const before = row.name === null ? plainQueue(name) : queueOf(row);
  const after = changedQueue(before, change, number(row, "now"));
  await queries.run(
    `INSERT INTO @queues AS stored (name, state, live_limit, key_limit, rate_count, rate_per_ms, throttled_until, defaults,
                                    webhook)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (name) DO UPDATE SET state = excluded.state, live_limit = excluded.live_limit,
       key_limit = excluded.key_limit, rate_count = excluded.rate_count, rate_per_ms = excluded.rate_per_ms,
       throttled_until = excluded.throttled_until, defaults = excluded.defaults, webhook = excluded.webhook`,
    ...queueValues(after),
  );
  if (after.keyLimit !== before.keyLimit) {
    await queries.run("UPDATE @queues SET regated_through = '' WHERE name = $1", name);
  }
  await keepStarts(queries, name, after.rate?.count ?? 0);
  return after;
}

/** Of the starts of a queue the last ones are kept, as many as its rate counts. */
export async function keepStarts(queries: Queries, queue: string, count: number): Promise<void> {
  await queries.run(
    "DELETE FROM @starts WHERE queue = $1 AND number <= (SELECT max(number) FROM @starts WHERE queue = $1) - $2::bigint",
    queue,
    count,
  );
}

/** Returns how many jobs have another queue then. */
export async function renameQueue(queries: Queries, from: string, to: string): Promise<number> {
  // Nobody claims, then nobody moves a job, then nobody counts: in the order in which these take their locks.
  await lockLimits(queries);
  await queries.run("LOCK TABLE @jobs IN SHARE ROW EXCLUSIVE MODE");
  await lockQueues(queries, [from, to]);
  const [old, taken] = [(await reportQueues(queries, from))[0], (await reportQueues(queries, to))[0]];
  refuseRename({ from, to }, { isThere: old !== undefined, isTaken: taken !== undefined });
  await renameStatistics(queries, from, to);
  for (const [table, column] of [["queues", "name"], ["starts", "queue"]] as const) {
    // What is left of a queue of that name says nothing: it is as if it had never been set.
    await queries.run(`DELETE FROM @${table} WHERE ${column} = $1`, to);
    await queries.run(`UPDATE @${table} SET ${column} = $1 WHERE ${column} = $2`, to, from);
  }
  const moved = await queries.all(
    `WITH moved AS (UPDATE @jobs SET queue = $1 WHERE queue = $2 RETURNING state, attempts),
     buckets AS (
       SELECT state AS bucket, count(*) AS count FROM moved GROUP BY state
       UNION ALL
       SELECT 'failed', count(*) FROM moved WHERE state = 'pending' AND attempts > 0
     ), counted AS (
       INSERT INTO @counters AS stored (queue, bucket, shard, count)
       SELECT queue, bucket, pg_backend_pid() % ${shards}, by FROM (
         SELECT $1::text AS queue, bucket, count AS by FROM buckets
         UNION ALL
         SELECT $2::text, bucket, -count FROM buckets
       ) AS change WHERE by <> 0 ORDER BY queue, bucket
       ON CONFLICT (queue, bucket, shard) DO UPDATE SET count = stored.count + excluded.count
     )
     SELECT coalesce(sum(count), 0)::bigint AS count FROM buckets WHERE bucket <> 'failed'`,
    to,
    from,
  );
  return number(moved[0]!, "count");
}
