/** The fields of a job's JSON that say when it may start, and until when. */

import { parseDuration } from "./duration.ts";
import { tooSoon } from "./errors.ts";
import { isNeverAfter } from "./expiry.ts";
import { showValue } from "./found_value.ts";
import type { Moment, NewJob } from "./job.ts";
import { isInWords, readTime, type TimeContext } from "./time_text.ts";

export const timeFields = ["run_at", "delay", "expires"] as const;
type TimeField = (typeof timeFields)[number];

type Fields = Readonly<Partial<Record<TimeField, unknown>>>;

/** Whether a parsed JSON value gives a time in words, so that reading it needs a reader of words. */
export function hasTimeInWords(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { run_at, retry_until, expires }: Fields & { readonly retry_until?: unknown } = value;
  return isInWords(run_at) || isInWords(retry_until) || (isInWords(expires) && !isDuration(expires));
}

/** Checks the fields that are there. Throws what `refuse` makes. */
export function readTimes(fields: Fields, context: TimeContext): Pick<NewJob, "due" | "expires"> {
  const due = readDue(fields, context);
  if (fields.expires === undefined) return { due, expires: null };
  const expires = readMoment("expires", fields.expires, context);
  if (isNeverAfter(expires, due)) throw context.refuse(tooSoon.found, tooSoon.hint);
  return { due, expires };
}

const atOnce: Moment = { afterMs: 0 };

function readDue({ run_at: runAt, delay }: Fields, context: TimeContext): Moment {
  const { refuse } = context;
  if (runAt !== undefined && delay !== undefined) {
    throw refuse(`it has both "run_at" and "delay"`, "Give one of them");
  }
  if (runAt !== undefined) return { at: readTime("run_at", runAt, context) };
  if (delay === undefined) return atOnce;
  if (isDuration(delay)) return { afterMs: parseDuration(delay)! };
  throw refuse(`"delay" cannot be ${showValue(delay)}`, `A delay looks like "10s", "5m" or "2h30m"`);
}

function readMoment(field: TimeField, value: unknown, context: TimeContext): Moment {
  return isDuration(value) ? { afterMs: parseDuration(value)! } : { at: readTime(field, value, context) };
}

function isDuration(value: unknown): value is string {
  return typeof value === "string" && parseDuration(value) !== undefined;
}
