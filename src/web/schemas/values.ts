/** What single fields of the JSON may hold: the same in what the commands print and in what the API answers. */

import { z } from "zod";
import { jobStates } from "../../core/job.ts";

export const count = z.int().nonnegative();
/** ISO 8601 in UTC, with milliseconds. */
export const time = z.iso.datetime({ precision: 3 });
export const timeOrNull = time.nullable();
export const duration = z.string().regex(/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/);
export const state = z.enum(jobStates);
export const exitCode = z.int().nonnegative().nullable();
export const text = z.string();
export const textOrNull = text.nullable();
