/**
 * Ends of jobs that webhooks are to be told of, in PostgreSQL. Those of runs are written down by the turn function.
 * Each function is part of one read or write.
 */

import type { Queries } from "./connection.ts";

/** What is written down of a job that has ended: `job` is its row, `webhook` the URL. */
export const eventValues = (job: string, webhook: string) =>
  `'wh_' || lpad(to_hex(${job}.finished_at), 11, '0') || left(replace(gen_random_uuid()::text, '-', ''), 16), ${webhook},
   to_jsonb(${job})::text`;

/**
 * Writes down how jobs have ended, as far as they or their queues have webhooks. They are kept as they are now: a job may
 * run again or be removed before its webhook is told.
 */
export async function noteWebhooks(queries: Queries, jobSeqs: readonly number[]): Promise<void> {
  if (jobSeqs.length === 0) return;
  // What was enqueued because of an end tells of none itself, or it would go on for ever.
  await queries.run(
    `INSERT INTO @webhook_events (id, url, job)
     SELECT ${eventValues("jobs", "coalesce(jobs.webhook, queues.webhook)")}
     FROM @jobs AS jobs LEFT JOIN @queues AS queues ON name = queue
     WHERE seq = ANY ($1::bigint[]) AND hook_of IS NULL AND coalesce(jobs.webhook, queues.webhook) IS NOT NULL`,
    jobSeqs,
  );
}

export async function hasWebhookEvents(queries: Queries): Promise<boolean> {
  const row = await queries.first("SELECT EXISTS (SELECT FROM @webhook_events) AS found");
  return row!.found === true;
}
