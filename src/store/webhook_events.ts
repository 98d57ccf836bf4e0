/** Ends of jobs that webhooks are to be told of, as both adapters keep them: with the job's row as it was then. */

import type { WebhookEvent } from "../core/webhook_delivery.ts";
import { jobOf, type SqlRow, text } from "./rows.ts";

/** How many of them one write passes on at most. */
export const eventBatch = 100;

export function eventOf(row: SqlRow): WebhookEvent {
  return { id: text(row, "id"), url: text(row, "url"), job: jobOf(JSON.parse(text(row, "job"))) };
}
