/** What the event "job" tells: what a job is now. */

import { z } from "zod";
import { count, exitCode, state, text, time } from "./values.ts";

export const jobChange = z.strictObject({
  id: text,
  arrival: count.positive(),
  queue: text,
  state,
  attempts: count,
  runs: count,
  exit_code: exitCode,
  updated_at: time,
});
