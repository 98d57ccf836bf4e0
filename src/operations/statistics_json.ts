/** What `stats --json` prints and GET /stats answers. */

import type { StatisticsGroup } from "../store/statistics.ts";
import { isoTime } from "./json.ts";
import type { Percentiles, StatisticsReport, StatisticsRow } from "./read_statistics.ts";

export function statisticsJson({ since, until, total, rows }: StatisticsReport, by: StatisticsGroup) {
  return {
    since: isoTime(since),
    until: isoTime(until),
    by,
    total: rowJson(total),
    rows: rows.map((row) => ({ [by]: row.name, ...rowJson(row) })),
  };
}

function rowJson(row: StatisticsRow) {
  const lengths = ({ p50, p95, p99 }: Percentiles) => ({ p50, p95, p99 });
  return {
    runs: row.runs,
    completed: row.completed,
    failed: row.failed,
    other: row.other,
    failure_rate: row.failureRate,
    dead: row.dead,
    retries: row.retries,
    completed_per_hour: row.completedPerHour,
    wait_ms: lengths(row.wait),
    run_ms: lengths(row.run),
    points: row.points.map(({ at, completed, failed }) => ({ at: isoTime(at), completed, failed })),
  };
}
