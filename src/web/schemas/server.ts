/** Which server answers, as JSON. */

import { z } from "zod";
import { text, time } from "./values.ts";

export const server = z.strictObject({
  version: text,
  /** Where the store is, without a password. */
  location: text,
  /** Whether it refuses every change. */
  read_only: z.boolean(),
  /** Whether it asks for a token, so that there is a session to end. */
  has_login: z.boolean(),
  /** By its clock. */
  now: time,
});
