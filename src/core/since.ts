import { parseDuration } from "./duration.ts";
import { parseInstant } from "./instant.ts";

/** The begin of a stretch of time that lasts until now: an instant in UTC milliseconds, or so long ago. */
export type Since = { readonly at: number } | { readonly agoMs: number };

/** Reads "2h" (two hours ago) or an instant with its offset. Undefined where the text is neither. */
export function parseSince(text: string): Since | undefined {
  const agoMs = parseDuration(text);
  if (agoMs !== undefined) return { agoMs };
  const at = parseInstant(text);
  return at === undefined ? undefined : { at };
}

export function instantOfSince(since: Since, now: number): number {
  return "at" in since ? since.at : now - since.agoMs;
}
