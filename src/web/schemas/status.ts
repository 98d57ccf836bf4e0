/** How many jobs are in each state, and what the workers do, as JSON. */

import { z } from "zod";
import { count, timeOrNull } from "./values.ts";

export const status = z.strictObject({
  pending: count,
  processing: count,
  completed: count,
  failed: count,
  dead: count,
  blocked: count,
  cancelled: count,
  delayed: count,
  total: count,
  workers: count,
  workers_busy: count,
  next_due_at: timeOrNull,
});
