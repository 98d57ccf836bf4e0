/** Workers as JSON. */

import { z } from "zod";
import { count, text, textOrNull, time } from "./values.ts";

export const startedWorker = z.strictObject({
  id: text,
  pid: count.positive(),
  host: text,
  concurrency: count.positive(),
  tags: z.array(text),
});

export const worker = z.strictObject({
  ...startedWorker.shape,
  queues: z.array(text),
  resources: z.record(text, count.positive()),
  held: textOrNull,
  state: z.enum(["idle", "busy", "stopping", "silent", "gone"]),
  started_at: time,
  heartbeat_at: time,
  jobs: z.array(text),
  adopted: z.array(text),
  supervised: z.boolean(),
  version: text,
});
