import type { Tally } from "../tally.ts";
import type { Connection } from "./connection.ts";
import { queueLimits, regateKeys } from "./gates.ts";
import { freeKeys } from "./unique_keys.ts";

/**
 * Writes what a transaction's moves of jobs come to: the counters, one row a bucket, unique keys that are free, and the
 * gates of the keys whose jobs were moved. The last thing that the transaction does.
 */
export function writeTally(connection: Connection, tally: Tally): void {
  freeKeys(connection, tally.freeing);
  for (const { queue, bucket, by } of tally.changes()) {
    connection.sql(
      `INSERT INTO counters (queue, bucket, count) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    ).run(queue, bucket, by);
  }
  const keys = tally.keys();
  if (keys.length > 0) regateKeys(connection, queueLimits(connection), keys);
}
