/** The job of a queue that waits longest, as JSON. */

import { z } from "zod";
import { text, time } from "./values.ts";

export const waiting = z.strictObject({ queue: text, id: text, due_at: time });
