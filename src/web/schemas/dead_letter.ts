/** Dead letters as JSON. */

import { z } from "zod";
import { count, exitCode, text, time } from "./values.ts";

/** All that died of the same. */
export const deadGroup = z.strictObject({
  group: z.string().regex(/^[0-9a-f]{10}$/),
  exit_code: exitCode,
  error: text,
  count: count.positive(),
  newest_at: time,
  oldest_at: time,
  example: text,
  queues: z.array(text).min(1),
});

/** What was retried, and how many were not, since others have their unique keys. */
export const retriedDead = z.strictObject({ retried: count, without_key: count });
export const purgedDead = z.strictObject({ deleted: count });
