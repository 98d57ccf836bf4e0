/** The jobs that tell webhooks of ends, in PostgreSQL. Part of one write. */

import type { NewJob } from "../../core/job.ts";
import type { WebhookEvent } from "../../core/webhook_delivery.ts";
import { eventBatch, eventOf } from "../webhook_events.ts";
import type { Queries } from "./connection.ts";
import { insertJobs } from "./jobs.ts";

/** Stores the jobs that tell of a batch of them; returns how many. What another one is at is passed over. */
export async function passOnWebhooks(
  queries: Queries,
  deliveryOf: (event: WebhookEvent) => NewJob,
): Promise<number> {
  const rows = await queries.all(
    `DELETE FROM @webhook_events WHERE id = ANY (ARRAY(
       SELECT id FROM @webhook_events ORDER BY id LIMIT ${eventBatch} FOR UPDATE SKIP LOCKED
     )) RETURNING *`,
  );
  const events = rows.map(eventOf).toSorted((one, other) => one.id < other.id ? -1 : 1);
  if (events.length > 0) await insertJobs(queries, events.map(deliveryOf), () => Promise.resolve());
  return events.length;
}
