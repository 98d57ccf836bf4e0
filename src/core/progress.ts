/** How far a run says that it is: what it may say, and how that is written down in its file. */

import type { Progress } from "./run.ts";

/** The longest text, in characters. */
export const longestProgressText = 200;
/** More than any progress takes; a file that is longer is none. */
export const mostProgressBytes = 2048;

export function isPercent(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 100;
}

/** Whether it is one line that can be shown as it is. */
export function isProgressText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(value) &&
    [...value].length <= longestProgressText;
}

export function formatProgress({ percent, text }: Progress): string {
  return JSON.stringify({ percent, text }) + "\n";
}

/** What a job has written, whatever it is; null where it is no progress. */
export function parseProgress(bytes: Uint8Array): Progress | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value !== "object" || value === null || !("percent" in value && "text" in value)) return null;
    const { percent, text } = value;
    return isPercent(percent) && (text === null || isProgressText(text)) ? { percent, text } : null;
  } catch {
    return null;
  }
}

export function isSameProgress(one: Progress | null, other: Progress | null): boolean {
  return one?.percent === other?.percent && one?.text === other?.text;
}
