/**
 * Which dead jobs died of the same: they have the same exit code and the same last line of their error, but for what
 * changes from job to job (numbers, ids, paths, quoted texts).
 */

import type { Job } from "./job.ts";

export interface ErrorGroup {
  /** Short, and the same for the same group at any time and on any host. */
  readonly id: string;
  readonly exitCode: number | null;
  /** The line, with placeholders. */
  readonly text: string;
}

/** In this order: what an earlier one has replaced, a later one does not see. */
const placeholders: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, "<url>"],
  [/"[^"\n]*"|`[^`\n]*`|(?<![\p{L}\d])'[^'\n]*'(?![\p{L}\d])|“[^”\n]*”|‘[^’\n]*’/gu, "<text>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<id>"],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g, "<time>"],
  [/(?<![\w/.~])(?:[A-Za-z]:\\|~?\/|\.{1,2}\/|\w[\w.-]*\/)[^\s:;,"'()[\]<>]+/g, "<path>"],
  [/\b0x[0-9a-f]+\b/gi, "<n>"],
  // Long ones with a digit in them: hashes, not words.
  [/\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}\b/gi, "<id>"],
  [/\d+(?:[.,]\d+)*/g, "<n>"],
];

/** The last line of an error, with placeholders for what changes from job to job. */
export function normalisedLine(error: string): string {
  let text = lastLineOf(error);
  for (const [pattern, placeholder] of placeholders) text = text.replace(pattern, placeholder);
  return text.replace(/\s+/g, " ").trim();
}

/** Longer lines are cut before they are looked at, so that each costs little. */
const longestLine = 2_000;

function lastLineOf(error: string): string {
  return error.trimEnd().split("\n").at(-1)!.slice(0, longestLine);
}

/** Where there is no error, the reason of the death speaks. */
export function errorGroupOf(
  { exitCode, lastError, reason }: Pick<Job, "exitCode" | "lastError" | "reason">,
): ErrorGroup {
  // The exit code is told apart already, and its digits would be folded.
  const text = normalisedLine((lastError ?? reason ?? "").replace(/^exit code \d+(: )?/, ""));
  return { id: digest(`${exitCode}\n${text}`), exitCode, text };
}

/** FNV-1a with 64 bits, of which ten hexadecimal digits are shown. */
function digest(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0").slice(0, 10);
}

/** Whether a text could be the id of a group. */
export function isGroupId(text: string): boolean {
  return /^[0-9a-f]{10}$/.test(text);
}
