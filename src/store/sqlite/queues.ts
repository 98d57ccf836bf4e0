/** Queues and their settings in SQLite. Each function is the body of one read or write. */

import { plainQueue, type Queue } from "../../core/queue.ts";
import { changedQueue, type QueueChange } from "../../core/queue_change.ts";
import { kindOf, queueOf, queueValues, reportsOf } from "../queue_rows.ts";
import { mostKinds, type QueueReport, type WaitingKind } from "../queues.ts";
import { refuseRename } from "../rename.ts";
import { number, text } from "../rows.ts";
import type { Connection } from "./connection.ts";
import { renameStatistics } from "./statistics.ts";

/** Of one queue, or of all for null. */
export function reportQueues(connection: Connection, name: string | null): QueueReport[] {
  const of = (column: string) => name === null ? "1" : `${column} = ?`;
  const values = name === null ? [] : [name];
  return reportsOf({
    queues: connection.sql(`SELECT * FROM queues WHERE ${of("name")}`).all(...values),
    counters: connection.sql(`SELECT queue, bucket, count FROM counters WHERE ${of("queue")}`).all(...values),
    live: connection.sql(
      `SELECT queue, count(*) AS live FROM jobs INDEXED BY jobs_live
       WHERE state = 'processing' AND ${of("queue")} GROUP BY queue`,
    ).all(...values),
  });
}

export function waitingKinds(connection: Connection): WaitingKind[] {
  return connection.sql(
    `SELECT queue, needs, count(*) AS count FROM jobs INDEXED BY jobs_ready
     WHERE state = 'pending' AND gate = 0 GROUP BY queue, needs LIMIT ${mostKinds}`,
  ).all().map(kindOf);
}

export function changeQueue(
  connection: Connection,
  { name, change }: { readonly name: string; readonly change: QueueChange },
  now: number,
): Queue {
  const row = connection.sql("SELECT * FROM queues WHERE name = ?").get(name);
  const before = row === undefined ? plainQueue(name) : queueOf(row);
  const after = changedQueue(before, change, now);
  const mustRegate = after.keyLimit !== before.keyLimit;
  connection.sql(
    `INSERT INTO queues (name, state, live_limit, key_limit, rate_count, rate_per_ms, throttled_until, defaults, webhook)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET state = excluded.state, live_limit = excluded.live_limit, key_limit = excluded.key_limit,
       rate_count = excluded.rate_count, rate_per_ms = excluded.rate_per_ms,
       throttled_until = excluded.throttled_until, defaults = excluded.defaults, webhook = excluded.webhook`,
  ).run(...queueValues(after));
  if (mustRegate) connection.sql("UPDATE queues SET regated_through = '' WHERE name = ?").run(name);
  keepStarts(connection, name, after.rate?.count ?? 0);
  return after;
}

/** Of the starts of a queue the last ones are kept, as many as its rate counts. */
export function keepStarts(connection: Connection, queue: string, count: number): void {
  connection.sql(
    "DELETE FROM starts WHERE queue = ?1 AND number <= (SELECT max(number) FROM starts WHERE queue = ?1) - ?2",
  ).run(queue, count);
}

/** Returns how many jobs have another queue then. */
export function renameQueue(connection: Connection, from: string, to: string): number {
  const [old, taken] = [reportQueues(connection, from)[0], reportQueues(connection, to)[0]];
  refuseRename({ from, to }, { isThere: old !== undefined, isTaken: taken !== undefined });
  const count = connection.sql("UPDATE jobs SET queue = ? WHERE queue = ?").run(to, from);
  const buckets = connection.sql("SELECT bucket, count FROM counters WHERE queue = ?").all(from);
  for (const row of buckets) {
    connection.sql(
      `INSERT INTO counters (queue, bucket, count) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    ).run(to, text(row, "bucket"), number(row, "count"));
  }
  connection.sql("DELETE FROM counters WHERE queue = ?").run(from);
  renameStatistics(connection, from, to);
  for (const [table, column] of [["queues", "name"], ["starts", "queue"]] as const) {
    // What is left of a queue of that name says nothing: it is as if it had never been set.
    connection.sql(`DELETE FROM ${table} WHERE ${column} = ?`).run(to);
    connection.sql(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`).run(to, from);
  }
  return count;
}
