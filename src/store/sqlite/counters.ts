import type { Tally } from "../tally.ts";
import type { Connection } from "./connection.ts";

/** Adds a transaction's changes to the counters, one row a bucket. Within that transaction. */
export function writeTally(connection: Connection, tally: Tally): void {
  for (const { queue, bucket, by } of tally.changes()) {
    connection.sql(
      `INSERT INTO counters (queue, bucket, count) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    ).run(queue, bucket, by);
  }
}
