/** Rates as people write them: "10/m", "5/s", "3/10s". */

import { formatDuration, parseDuration } from "./duration.ts";
import type { Rate } from "./queue.ts";

/** The store remembers so many starts of a queue. */
const mostStarts = 10_000;
const longestPerMs = 30 * 86_400_000;
const shortestPerMs = 100;

export const rateRule =
  `a rate is how many of its jobs start in which time, such as 10/m, 5/s, 100/h or 3/10s: 1 to ${mostStarts} starts ` +
  `in ${formatDuration(shortestPerMs)} to ${formatDuration(longestPerMs)}`;

/** The rate of a text, or undefined where it is none. */
export function parseRate(text: string): Rate | undefined {
  const [, digits, time] = /^\s*(\d{1,9})\s*\/\s*(\S+)\s*$/.exec(text) ?? [];
  if (digits === undefined || time === undefined) return undefined;
  const count = Number(digits);
  const perMs = parseDuration(/^\d/.test(time) ? time : `1${time}`);
  const isFine = perMs !== undefined && perMs >= shortestPerMs && perMs <= longestPerMs &&
    count >= 1 && count <= mostStarts;
  return isFine ? { count, perMs } : undefined;
}

/** As `parseRate` reads it. */
export function formatRate({ count, perMs }: Rate): string {
  return `${count}/${formatDuration(perMs).replace(/^1([a-z]+)$/, "$1")}`;
}
