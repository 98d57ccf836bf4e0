/** What `stats --json` prints and GET /stats answers. */

import type { StatisticsGroup } from "../store/statistics.ts";
import { isoTime } from "./json.ts";
import type {
  Percentiles,
  StatisticsPoint,
  StatisticsReport,
  StatisticsRow,
  TimedPoint,
} from "./read_statistics.ts";

export function statisticsJson({ since, until, total, rows }: StatisticsReport, by: StatisticsGroup) {
  return {
    since: isoTime(since),
    until: isoTime(until),
    by,
    total: { ...rowJson(total), points: total.points.map(timedPointJson) },
    rows: rows.map((row) => ({ [by]: row.name, ...rowJson(row), points: row.points.map(pointJson) })),
  };
}

function rowJson(row: Omit<StatisticsRow, "points">) {
  return {
    runs: row.runs,
    completed: row.completed,
    failed: row.failed,
    other: row.other,
    failure_rate: row.failureRate,
    dead: row.dead,
    retries: row.retries,
    completed_per_hour: row.completedPerHour,
    wait_ms: lengthsJson(row.wait),
    run_ms: lengthsJson(row.run),
  };
}

function lengthsJson({ p50, p95, p99 }: Percentiles) {
  return { p50, p95, p99 };
}

function pointJson({ at, completed, failed }: StatisticsPoint) {
  return { at: isoTime(at), completed, failed };
}

function timedPointJson(point: TimedPoint) {
  return { ...pointJson(point), wait_ms: lengthsJson(point.wait), run_ms: lengthsJson(point.run) };
}
