import type { Tally } from "../tally.ts";
import type { Queries } from "./connection.ts";
import { regateKeys } from "./gates.ts";
import { freeKeys } from "./unique_keys.ts";

/** How many rows a counter is spread over. */
export const shards = 16;

/**
 * Writes what a transaction's moves of jobs come to: the gates of the keys whose jobs were moved, unique keys that are free, and the counters, one
 * row a bucket. The last write of that transaction, in one order of rows for all, so that no two wait for each other.
 */
export async function writeTally(queries: Queries, tally: Tally): Promise<void> {
  await regateKeys(queries, tally.keys());
  await freeKeys(queries, tally.freeing);
  const changes = tally.changes();
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
