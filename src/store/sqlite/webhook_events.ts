/** Ends of jobs that webhooks are to be told of, in SQLite. Each function is part of one read or write. */

import type { Job } from "../../core/job.ts";
import { webhooksQueue } from "../../core/queue.ts";
import type { Connection } from "./connection.ts";
import { dueFirst, promotionBatch } from "./gates.ts";

/**
 * Writes down how jobs have ended, as far as they or their queues have webhooks; whether any have. They are kept as they
 * are now: a job may run again or be removed before its webhook is told.
 */
export function noteWebhooks(connection: Connection, jobSeqs: readonly number[]): boolean {
  // What was enqueued because of an end tells of none itself, or it would go on for ever.
  const find = connection.sql(
    `SELECT jobs.*, coalesce(jobs.webhook, queues.webhook) AS url FROM jobs LEFT JOIN queues ON name = queue
     WHERE seq = ? AND hook_of IS NULL AND coalesce(jobs.webhook, queues.webhook) IS NOT NULL`,
  );
  let isAny = false;
  for (const seq of jobSeqs) {
    const row = find.get(seq);
    if (row === undefined) continue;
    const { url, ...job } = row;
    connection.sql(
      `INSERT INTO webhook_events (id, url, job)
       VALUES (printf('wh_%011x', ?) || lower(hex(randomblob(8))), ?, ?)`,
    ).run(job.finished_at as number, url as string, JSON.stringify(job));
    isAny = true;
  }
  return isAny;
}

/** The same of one job. Each settlement asks, and most jobs have none. */
export function noteWebhook(
  connection: Connection,
  { seq, hookOf, webhook, queue }: Pick<Job, "seq" | "hookOf" | "webhook" | "queue">,
): boolean {
  if (hookOf !== null) return false;
  const mayBe = webhook !== null ||
    connection.sql("SELECT 1 FROM queues WHERE name = ? AND webhook IS NOT NULL").get(queue) !== undefined;
  return mayBe && noteWebhooks(connection, [seq]);
}

export function hasWebhookEvents(connection: Connection): boolean {
  return connection.sql("SELECT 1 FROM webhook_events LIMIT 1").get() !== undefined;
}

/**
 * Whether there are events, and whether a job that tells of one is ready or among those that the next claim lets in: what
 * an idle worker asks again and again, in one statement.
 */
export function lookForWebhooks(
  connection: Connection,
  now: number,
): { readonly hasEvents: boolean; readonly hasDeliveries: boolean } {
  const row = connection.sql(
    `SELECT EXISTS (SELECT 1 FROM webhook_events) AS events,
            EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_ready WHERE state = 'pending' AND gate = 0 AND queue = ?1)
              OR EXISTS (SELECT 1 FROM (SELECT queue FROM ${
      dueFirst("?2")
    } LIMIT ${promotionBatch}) WHERE queue = ?1)
              AS deliveries`,
  ).get(webhooksQueue, now)!;
  return { hasEvents: row.events === 1, hasDeliveries: row.deliveries === 1 };
}
