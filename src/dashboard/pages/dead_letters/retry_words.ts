/** What is said before dead jobs are retried, and after. */

import type { Changed, RetriedDead } from "../../api/types.ts";
import { countOf } from "../../format/count.ts";
import { formatLength } from "../../format/length.ts";

/** How many are due in which time, to choose from. */
export const paces: readonly (readonly [value: string, name: string])[] = [
  ["", "All at once"],
  ["10/s", "10 a second"],
  ["1/s", "1 a second"],
  ["10/m", "10 a minute"],
  ["1/m", "1 a minute"],
  ["10/h", "10 an hour"],
];

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** When the last of so many is due. */
export function pacedLength(count: number, pace: string): string {
  const [jobs, unit] = pace.split("/");
  if (pace === "" || count < 2) return "Each is due at once.";
  const stepMs = unitsMs[unit!]! / Number(jobs);
  return `The last one is due in ${formatLength((count - 1) * stepMs)}.`;
}

/** "12 jobs are pending again"; those that could not be retried are told of. */
export function formatRetried(answer: RetriedDead | Changed): string {
  if (!("retried" in answer)) return formatRetried({ retried: answer.length, without_key: 0 });
  const { retried, without_key } = answer;
  const done = `${countOf(retried, "job")} ${retried === 1 ? "is" : "are"} pending again.`;
  if (without_key === 0) return done;
  return `${done} ${countOf(without_key, "job")} ${
    without_key === 1
      ? "stays dead: another has its unique key."
      : "stay dead: others have their unique keys."
  }`;
}
