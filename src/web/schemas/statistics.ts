/** What ran in a time, as JSON. */

import { z } from "zod";
import type { StatisticsGroup } from "../../store/statistics.ts";
import { count, text, time } from "./values.ts";

const lengths = z.strictObject({ p50: count.nullable(), p95: count.nullable(), p99: count.nullable() });
const row = z.strictObject({
  runs: count,
  completed: count,
  failed: count,
  other: count,
  failure_rate: z.number().min(0).max(1).nullable(),
  dead: count,
  retries: count,
  completed_per_hour: z.number().nonnegative(),
  wait_ms: lengths,
  run_ms: lengths,
});
const point = z.strictObject({ at: time, completed: count, failed: count });
/** Only of all together is it told how the lengths changed. */
const timedPoint = point.extend({ wait_ms: lengths, run_ms: lengths });
/** Its rows have the name of their group under the name of the grouping. */
export const statistics = (by: StatisticsGroup) =>
  z.strictObject({
    since: time,
    until: time,
    by: z.literal(by),
    total: row.extend({ points: z.array(timedPoint) }),
    rows: z.array(z.strictObject({ [by]: text, ...row.shape, points: z.array(point) })),
  });
