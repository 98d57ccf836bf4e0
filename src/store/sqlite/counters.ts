import type { Tally } from "../tally.ts";
import type { Connection } from "./connection.ts";
import { freeKeys } from "./unique_keys.ts";

/** Adds a transaction's changes to the counters, one row a bucket, and frees unique keys. Within that transaction. */
export function writeTally(connection: Connection, tally: Tally): void {
  freeKeys(connection, tally.freeing);
  for (const { queue, bucket, by } of tally.changes()) {
    connection.sql(
      `INSERT INTO counters (queue, bucket, count) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    ).run(queue, bucket, by);
  }
}
