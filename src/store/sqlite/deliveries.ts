/** The jobs that tell webhooks of ends, in SQLite. Part of one write. */

import type { NewJob } from "../../core/job.ts";
import type { WebhookEvent } from "../../core/webhook_delivery.ts";
import { eventBatch, eventOf } from "../webhook_events.ts";
import type { Connection } from "./connection.ts";
import { insertJobs } from "./insert_jobs.ts";

/** Stores the jobs that tell of a batch of them; returns how many. */
export function passOnWebhooks(
  connection: Connection,
  deliveryOf: (event: WebhookEvent) => NewJob,
  now: number,
): number {
  const events = connection.sql(`SELECT * FROM webhook_events ORDER BY id LIMIT ${eventBatch}`).all()
    .map(eventOf);
  insertJobs(connection, events.map(deliveryOf), { now, links: null });
  const remove = connection.sql("DELETE FROM webhook_events WHERE id = ?");
  for (const { id } of events) remove.run(id);
  return events.length;
}
