/**
 * Times in words, "tomorrow 9:00" or "in 2 hours", in the local time zone: what names one instant that is not past, or
 * nothing. Loads a library of its own, so whoever needs this imports it only then.
 */

import { casual } from "chrono-node/en";
import type { WordsReader } from "../core/time_text.ts";

type Result = ReturnType<typeof casual.parse>[number];
type Parts = Result["start"];

/** Reads words as they are meant at `now`, in UTC milliseconds. */
export function timeWordsAt(now: number): WordsReader {
  return (text) => {
    const results = parse(text, now);
    const found = faultOf(text.trim(), results);
    if (found !== null) return { found };
    const at = instantOf(text, results[0]!, now);
    if (at < now) return { found: "it is in the past" };
    if (at > lastInWords) return { found: "it is after the year 9999" };
    return { at };
  };
}

/** The last instant that ISO 8601 writes with four digits for the year. */
const lastInWords = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function parse(text: string, now: number): readonly Result[] {
  // A time of day, a weekday or a date without its year that is past means the next one.
  return casual.parse(text, new Date(now), { forwardDate: true });
}

/** Why a text does not name one instant, or null. */
function faultOf(text: string, results: readonly Result[]): string | null {
  const [result] = results;
  if (result === undefined) return "it is not a time in words that is understood";
  if (result.text !== text) {
    return `of it only "${results.map((each) => each.text).join(" … ")}" is understood`;
  }
  if (result.end != null) return "it is a span of time, not one instant";
  if (/\d\s*\/\s*\d/.test(text) || result.tags().has("parser/SlashDateFormatParser")) {
    return "which of its numbers is the day and which the month is not clear";
  }
  // Looking forward, the library would take the next monday for "last monday".
  if (/\b((last|past|previous)\s+[a-z]|ago$)/i.test(text)) return "it is in the past";
  const { start } = result;
  if (start.tags().has("casualReference/now")) return null;
  return isLength(start) ? faultOfLength(text) : faultOfParts(text, start);
}

function faultOfLength(text: string): string | null {
  if (/\b(few|several|couple)\b/i.test(text)) return "it is no exact length of time";
  return /^(in|after)\s|^\+|\s(from now|later)$/i.test(text) ? null : 'before a length of time goes "in"';
}

/** What the parts that a text gives leave open, or do not agree on. */
function faultOfParts(text: string, start: Parts): string | null {
  if (!start.isCertain("hour")) return "it names no time of day";
  if ((start.isCertain("month") || start.isCertain("year")) && !start.isCertain("day")) {
    return "it names no day";
  }
  const hasZone = start.isCertain("timezoneOffset");
  if (hasZone && !/(\b(utc|gmt)|[+-]\d{1,2}:?(\d{2})?)$/i.test(text)) {
    return "the name of its time zone stands for more than one: give the offset, such as +02:00";
  }
  const date = start.date();
  if (!hasZone && date.getHours() !== start.get("hour")) {
    return "there is no such time on that day, since clocks are put forward";
  }
  if (!hasZone && start.isCertain("weekday") && date.getDay() !== start.get("weekday")) {
    return "that date is another day of the week";
  }
  return null;
}

/** "in 2 hours", "in 3 days" of 24 hours each, and "next week", which is refused as one; not "next week 9:00". */
function isLength(start: Parts): boolean {
  const tags = start.tags();
  return tags.has("result/relativeDateAndTime") ||
    (tags.has("result/relativeDate") && !start.isCertain("hour"));
}

function instantOf(text: string, { start }: Result, now: number): number {
  if (!start.tags().has("result/relativeDateAndTime")) return start.date().getTime();
  // The library counts hours on the clock on the wall, which misses one when it is put forward; in January none is.
  const january = Date.UTC(2001, 0, 10);
  return now + parse(text, january)[0]!.start.date().getTime() - january;
}
