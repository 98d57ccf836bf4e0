/** An error as JSON: RFC 9457, with the hint that the command line gives too. */

import { z } from "zod";
import { text } from "./values.ts";

export const problem = z.strictObject({
  type: text,
  title: text,
  status: z.int(),
  detail: text,
  hint: text.optional(),
});
export type Problem = z.infer<typeof problem>;
