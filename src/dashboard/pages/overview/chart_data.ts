/** Statistics as what charts draw, and as sentences for whoever does not see them. */

import type { Statistics } from "../../api/types.ts";
import { countOf, formatCount, formatShare } from "../../format/count.ts";
import { formatPoint } from "../../format/instant.ts";
import { formatLength } from "../../format/length.ts";

type Point = Statistics["total"]["points"][number];

/** Values over time; null where there is none. Times are UTC milliseconds. */
export interface ChartData {
  readonly times: readonly number[];
  readonly series: readonly (readonly (number | null)[])[];
}

export function throughputData(points: readonly Point[]): ChartData {
  return {
    times: points.map(({ at }) => Date.parse(at)),
    series: [points.map(({ completed }) => completed), points.map(({ failed }) => failed)],
  };
}

/** The median, and what 95 and 99 of 100 do not exceed, in milliseconds; at least 1, for a logarithmic scale. */
export function lengthsData(points: readonly Point[], measure: "wait_ms" | "run_ms"): ChartData {
  const of = (name: "p50" | "p95" | "p99") =>
    points.map((point) => {
      const ms = point[measure][name];
      return ms === null ? null : Math.max(1, ms);
    });
  return { times: points.map(({ at }) => Date.parse(at)), series: [of("p50"), of("p95"), of("p99")] };
}

/** "per 30 minutes", "per hour", by the distance of the first two. */
export function perPart(times: readonly number[]): string {
  const [first, second] = times;
  if (first === undefined || second === undefined) return "";
  const minutes = (second - first) / 60_000;
  if (minutes === 1) return "per minute";
  if (minutes === 60) return "per hour";
  return minutes % 60 === 0 ? `per ${minutes / 60} hours` : `per ${minutes} minutes`;
}

/** "1,204 attempts completed and 12 failed (1 %); most at 14:30, when 96 ended." */
export function throughputSentence({ total }: Statistics, isLongWindow: boolean): string {
  const { completed, failed, failure_rate, points } = total;
  if (completed + failed === 0) return "Nothing has ended.";
  const said = `${countOf(completed, "attempt")} completed and ${formatCount(failed)} failed (${
    formatShare(failure_rate)
  })`;
  const endedIn = (point: Point) => point.completed + point.failed;
  const busiest = points.reduce((most, point) => endedIn(point) > endedIn(most) ? point : most);
  return `${said}; most at ${formatPoint(Date.parse(busiest.at), isLongWindow)}, when ${
    formatCount(endedIn(busiest))
  } ended.`;
}

/** "Half of them within 120 ms, 95 of 100 within 1.2 s, 99 of 100 within 3.0 s." */
export function lengthsSentence({ p50, p95, p99 }: Statistics["total"]["run_ms"]): string {
  if (p50 === null || p95 === null || p99 === null) return "Nothing was measured.";
  const [half, most, nearlyAll] = [p50, p95, p99].map(formatLength);
  return `Half of them within ${half}, 95 of 100 within ${most}, 99 of 100 within ${nearlyAll}.`;
}
