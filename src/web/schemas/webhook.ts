/** What is posted to webhooks, as JSON. */

import { z } from "zod";
import { job } from "./job.ts";
import { time } from "./values.ts";

const { env: _, webhook: __, ...told } = job.shape;

/** The end of a job, as that was then. What may hold secrets is left out: its environment, and its webhook. */
export const webhookEvent = z.strictObject({
  id: z.string().regex(/^wh_[0-9a-f]+$/),
  type: z.enum(["job.completed", "job.dead", "job.cancelled"]),
  timestamp: time,
  data: z.strictObject(told),
});

export const webhookHeaders = {
  "webhook-id": "the id of the event: the same in each attempt",
  "webhook-timestamp": "when this attempt was made, in seconds since 1970",
  "webhook-signature":
    'with a webhook_secret: one or more "v1," and the base64 of an HMAC-SHA256 over id.timestamp.body, with blanks ' +
    "between them (Standard Webhooks)",
} as const;
