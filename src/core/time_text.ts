/** A time as people give it: ISO 8601 with its offset, or words such as "tomorrow 9:00". */

import type { QueueError } from "./errors.ts";
import { showValue } from "./found_value.ts";
import { parseInstant } from "./instant.ts";

/** Reads a time in words: UTC milliseconds, or what is wrong with it. Words depend on now and on where the caller is. */
export type WordsReader = (text: string) => { readonly at: number } | { readonly found: string };

export interface TimeContext {
  /** Makes the error for what was found, with what would be right as its hint. */
  readonly refuse: (found: string, hint: string) => QueueError;
  /** Null where `isInWords` says of no value that it is for this. */
  readonly readWords: WordsReader | null;
}

const hint = `Such as "2026-12-31T23:00:00Z", always with an offset, or in words "tomorrow 9:00"`;

/** No time in words is longer; what is would only keep its reader busy. */
const longestWords = 100;

/** Whether a value is for a reader of words: what begins like ISO 8601 is meant to be that, and nothing is guessed. */
export function isInWords(value: unknown): value is string {
  return typeof value === "string" && value.length <= longestWords && /^\s*(?!\d{4}-)\S/.test(value);
}

/** UTC milliseconds of the time that a field gives. */
export function readTime(field: string, value: unknown, { refuse, readWords }: TimeContext): number {
  const at = typeof value === "string" ? parseInstant(value) : undefined;
  if (at !== undefined) return at;
  const found = isInWords(value) ? readWords!(value) : notIso;
  if ("at" in found) return found.at;
  throw refuse(`"${field}" cannot be ${showValue(value)}: ${found.found}`, hint);
}

const notIso = { found: "it is not a date and time that exists, with its offset" };
