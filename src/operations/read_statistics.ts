/** What the runs of a time came to, by queue or by program, as people and programs are told it. */

import { type BucketCounts, quantiles } from "../core/buckets.ts";
import { instantOfSince, type Since } from "../core/since.ts";
import type { Store } from "../store/store.ts";
import {
  type GroupStatistics,
  keepStatisticsMs,
  type LengthMeasure,
  lengthMeasures,
  type Lengths,
  type OutcomeCount,
  type SpanLengths,
  spanOfTime,
  spans,
  type Statistics,
  type StatisticsGroup,
  type StatisticsRequest,
} from "../store/statistics.ts";

/** Milliseconds; null where nothing was measured. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** A part of the time. */
export interface StatisticsPoint {
  readonly at: number;
  readonly completed: number;
  readonly failed: number;
}

/** A part of the time, with how long runs that ended in it waited and took. */
export interface TimedPoint extends StatisticsPoint {
  readonly wait: Percentiles;
  readonly run: Percentiles;
}

export interface StatisticsRow {
  /** The queue or program; null for all of them. */
  readonly name: string | null;
  readonly runs: number;
  readonly completed: number;
  /** Attempts that failed or took too long. */
  readonly failed: number;
  /** Runs that ended otherwise: cancelled, crashed, handed back, snoozed. */
  readonly other: number;
  /** Failed ones among all that completed or failed, 0 to 1; null where there are none. */
  readonly failureRate: number | null;
  /** Jobs that became dead. */
  readonly dead: number;
  /** Runs of jobs that had run before. */
  readonly retries: number;
  readonly completedPerHour: number;
  /** From when a job was due to the start of its first run. */
  readonly wait: Percentiles;
  /** From the start of a run to its end. */
  readonly run: Percentiles;
  /** The time in equal parts, oldest first. */
  readonly points: readonly StatisticsPoint[];
}

export interface StatisticsReport {
  readonly since: number;
  readonly until: number;
  readonly total: Omit<StatisticsRow, "points"> & { readonly points: readonly TimedPoint[] };
  /** Those with the most runs first. */
  readonly rows: readonly StatisticsRow[];
}

/** At most so many points where nothing else is asked for, so that a line of them fits a screen. */
const usualPoints = 25;

/** How much is told of them. */
export interface ReportSize {
  /** How many points there are at most, 1 or more; minutes and half hours are not divided. */
  readonly points?: number | undefined;
  /** How many groups are told of at most; all of them where it is left out. */
  readonly rows?: number | undefined;
}

export async function readStatistics(
  store: Store,
  request: StatisticsRequest & { readonly from: number },
  { points = usualPoints, rows = Infinity }: ReportSize = {},
): Promise<StatisticsReport> {
  const statistics = await store.statistics(request);
  const span = spanOf(statistics, { from: request.from, points });
  const groups = statistics.groups.map((group) => ({ group, runs: countRuns(group.outcomes) }))
    .toSorted((one, other) => other.runs - one.runs).slice(0, rows);
  const total = rowOf(mergedOf(statistics.groups), null, span);
  return {
    since: span.since,
    until: span.until,
    total: { ...total, points: timedPoints(total.points, statistics.spans, span) },
    rows: groups.map(({ group }) => rowOf(group, group.group, span)),
  };
}

/** Whether statistics of that time are gone. */
export function isTooLongAgo(since: Since): boolean {
  return "agoMs" in since && since.agoMs > keepStatisticsMs;
}

/** What ran since then. Where there is no store yet, nothing did; `clock` tells the time there, in UTC milliseconds. */
export async function readStatisticsSince(
  store: Store | null,
  { since, by, ...size }: ReportSize & { readonly since: Since; readonly by: StatisticsGroup },
  clock: () => number,
): Promise<StatisticsReport> {
  const now = await store?.now() ?? clock();
  const from = Math.min(instantOfSince(since, now), now);
  return store === null ? noStatistics(from, now) : await readStatistics(store, { from, by }, size);
}

function noStatistics(since: number, until: number): StatisticsReport {
  const none: Percentiles = { p50: null, p95: null, p99: null };
  const total = {
    name: null,
    runs: 0,
    completed: 0,
    failed: 0,
    other: 0,
    failureRate: null,
    dead: 0,
    retries: 0,
    completedPerHour: 0,
    wait: none,
    run: none,
    points: [],
  };
  return { since, until, total, rows: [] };
}

interface Span {
  readonly since: number;
  readonly until: number;
  /** How long a point is. */
  readonly pointMs: number;
}

function spanOf(
  { from: since, now }: Statistics,
  { from, points }: { readonly from: number; readonly points: number },
): Span {
  const until = Math.max(now, since! + spans.minute);
  // They are counted in whole minutes or half hours.
  const unitMs = spanOfTime(from, now);
  return { since: since!, until, pointMs: Math.ceil((until - since!) / unitMs / points) * unitMs };
}

function rowOf(
  { outcomes, lengths }: Omit<GroupStatistics, "group">,
  name: string | null,
  span: Span,
): StatisticsRow {
  const count = (isMeant: (each: OutcomeCount) => boolean): number => countRuns(outcomes.filter(isMeant));
  const runs = countRuns(outcomes);
  const completed = count(isCompleted);
  const failed = count(isFailed);
  return {
    name,
    runs,
    completed,
    failed,
    other: runs - completed - failed,
    failureRate: completed + failed === 0 ? null : failed / (completed + failed),
    dead: count(({ state }) => state === "dead"),
    retries: sumOf(lengths.retry_wait.counts),
    completedPerHour: completed / ((span.until - span.since) / 3_600_000),
    wait: percentilesOf(lengths.wait),
    run: percentilesOf(lengths.run),
    points: pointsOf(outcomes, span),
  };
}

function countRuns(outcomes: readonly OutcomeCount[]): number {
  return outcomes.reduce((sum, { count }) => sum + count, 0);
}

function isCompleted({ outcome }: OutcomeCount): boolean {
  return outcome === "completed";
}

function isFailed({ outcome }: OutcomeCount): boolean {
  return outcome === "failed" || outcome === "timeout";
}

function pointsOf(outcomes: readonly OutcomeCount[], { since, until, pointMs }: Span): StatisticsPoint[] {
  const points = Array.from({ length: Math.ceil((until - since) / pointMs) }, (_, index) => ({
    at: since + index * pointMs,
    completed: 0,
    failed: 0,
  }));
  for (const each of outcomes) {
    const point = points[placeOf(each.at, { since, pointMs }, points.length)]!;
    if (isCompleted(each)) point.completed += each.count;
    else if (isFailed(each)) point.failed += each.count;
  }
  return points;
}

function placeOf(at: number, { since, pointMs }: Omit<Span, "until">, count: number): number {
  return Math.min(Math.floor((at - since) / pointMs), count - 1);
}

/** Adds to each point how long what ended in it waited and took. */
function timedPoints(
  points: readonly StatisticsPoint[],
  spans: readonly SpanLengths[],
  span: Span,
): TimedPoint[] {
  const byPoint = Map.groupBy(spans, ({ at }) => placeOf(at, span, points.length));
  return points.map((point, index) => {
    const percentiles = (measure: "wait" | "run") =>
      percentilesOf({ counts: mergedCounts(byPoint.get(index) ?? [], measure) });
    return { ...point, wait: percentiles("wait"), run: percentiles("run") };
  });
}

function percentilesOf({ counts }: Pick<Lengths, "counts">): Percentiles {
  const [p50, p95, p99] = quantiles(counts, [0.5, 0.95, 0.99]).map((ms) =>
    ms === null ? null : Math.round(ms)
  );
  return { p50: p50!, p95: p95!, p99: p99! };
}

function mergedOf(groups: readonly GroupStatistics[]): Omit<GroupStatistics, "group"> {
  return { outcomes: groups.flatMap(({ outcomes }) => outcomes), lengths: mergedLengths(groups) };
}

function mergedLengths(
  parts: readonly Pick<GroupStatistics, "lengths">[],
): GroupStatistics["lengths"] {
  return Object.fromEntries(lengthMeasures.map((measure) => {
    const totalMs = parts.reduce((sum, { lengths }) => sum + lengths[measure].totalMs, 0);
    return [measure, { counts: mergedCounts(parts, measure), totalMs }];
  })) as unknown as GroupStatistics["lengths"];
}

function mergedCounts(
  parts: readonly Pick<GroupStatistics, "lengths">[],
  measure: LengthMeasure,
): BucketCounts {
  const counts = new Map<number, number>();
  for (const { lengths } of parts) {
    for (const [bucket, count] of lengths[measure].counts) {
      counts.set(bucket, (counts.get(bucket) ?? 0) + count);
    }
  }
  return counts;
}

function sumOf(counts: BucketCounts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
