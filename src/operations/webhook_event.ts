/** What is posted to a webhook: an event as JSON, of which fields are only ever added. */

import { eventTypeOf, type WebhookEvent } from "../core/webhook_delivery.ts";
import { isoTime, jobJson } from "./json.ts";

/** The job as it was when it ended, without what may hold secrets: its environment, and the webhook itself. */
export function webhookEventJson({ id, job }: WebhookEvent) {
  const { env: _, webhook: __, ...data } = jobJson({ ...job, progress: null });
  return { id, type: eventTypeOf(job), timestamp: isoTime(job.finishedAt!), data };
}

export function webhookBody(event: WebhookEvent): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(webhookEventJson(event)));
}
