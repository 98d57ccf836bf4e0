/** How many jobs a second, minute or hour are due, so that they do not come all at once. */

import { instantAfter } from "./backoff.ts";

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

export const paceRule = `a pace is a number and a unit of time: "10/s", "100/m" or "1000/h"`;

/** The milliseconds between two jobs, or undefined where the text is no pace. */
export function parsePace(text: string): number | undefined {
  const found = /^(\d{1,9})\/([smh])$/.exec(text);
  if (found === null || Number(found[1]) === 0) return undefined;
  return unitsMs[found[2]!]! / Number(found[1]);
}

/** When the job of that place is due, counted from 0, where the first one is at `at`. */
export function spreadOut(
  { at, stepMs }: { readonly at: number; readonly stepMs: number },
  place: number,
): number {
  return instantAfter(at, Math.floor(place * stepMs));
}
