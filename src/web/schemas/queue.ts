/** Queues as JSON. */

import { z } from "zod";
import { queueStates } from "../../core/queue.ts";
import { count, duration, text, textOrNull, timeOrNull } from "./values.ts";

/** What its jobs get that do not say it themselves; what is not set is left out. */
const defaults = z.strictObject({
  priority: z.int().optional(),
  max_retries: count.optional(),
  timeout: duration.optional(),
  kill_after: duration.optional(),
  backoff: text.optional(),
  backoff_base: z.number().optional(),
  backoff_max: duration.optional(),
  backoff_jitter: z.number().optional(),
});

export const queue = z.strictObject({
  name: text,
  state: z.enum(queueStates),
  limit: count.nullable(),
  key_limit: count.nullable(),
  rate: textOrNull,
  throttled_until: timeOrNull,
  defaults,
  webhook: textOrNull,
  pending: count,
  processing: count,
  completed: count,
  failed: count,
  dead: count,
  blocked: count,
  cancelled: count,
  total: count,
});

/** A queue that has another name now. */
export const renamedQueue = z.strictObject({ from: text, to: text, jobs: count });
