/** Jobs page by page. */

import { z } from "zod";
import { job } from "./job.ts";
import { count, textOrNull } from "./values.ts";

export const jobPage = z.strictObject({
  jobs: z.array(job),
  /** What `after` is for the next page; null where there is none, or the order has no pages. */
  next: textOrNull,
  /** How many there are in all; only where it was asked for. */
  total: count.optional(),
});
