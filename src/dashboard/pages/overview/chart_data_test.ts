import { assertEquals, assertMatch } from "@std/assert";
import type { Statistics } from "../../api/types.ts";
import { lengthsData, lengthsSentence, perPart, throughputData, throughputSentence } from "./chart_data.ts";
import { windowOf } from "./window.ts";

const none = { p50: null, p95: null, p99: null };
const points = [
  { at: "2026-03-01T10:00:00.000Z", completed: 2, failed: 1, wait_ms: none, run_ms: none },
  {
    at: "2026-03-01T10:30:00.000Z",
    completed: 90,
    failed: 6,
    wait_ms: { p50: 0, p95: 3, p99: 9 },
    run_ms: { p50: 100, p95: 2000, p99: 200_000 },
  },
];

function statisticsOf(total: Partial<Statistics["total"]>): Statistics {
  return { total: { completed: 92, failed: 7, failure_rate: 0.07, points, ...total } } as Statistics;
}

Deno.test("points become series, without zeros where the scale has none", () => {
  const times = [Date.parse(points[0]!.at), Date.parse(points[1]!.at)];
  assertEquals(throughputData(points), { times, series: [[2, 90], [1, 6]] });
  assertEquals(lengthsData(points, "wait_ms"), { times, series: [[null, 1], [null, 3], [null, 9]] });
  assertEquals(perPart(times), "per 30 minutes");
  assertEquals([perPart([0, 3_600_000]), perPart([0, 60_000]), perPart([0])], ["per hour", "per minute", ""]);
});

Deno.test("what a chart shows is said in a sentence", () => {
  assertMatch(
    throughputSentence(statisticsOf({}), false),
    /^92 attempts completed and 7 failed \(7 %\); most at \d\d:30, when 96 ended\.$/,
  );
  assertEquals(
    throughputSentence(statisticsOf({ completed: 0, failed: 0, points: [] }), false),
    "Nothing has ended.",
  );
  assertEquals(
    lengthsSentence(points[1]!.run_ms),
    "Half of them within 100 ms, 95 of 100 within 2.0 s, 99 of 100 within 3 min 20 s.",
  );
  assertEquals(lengthsSentence(none), "Nothing was measured.");
});

Deno.test("the window is the one that the URL names, where there is such a one", () => {
  const of = (text: string) => windowOf(new URLSearchParams(text));
  assertEquals([of("window=7d"), of("window=2h"), of("")], ["7d", "24h", "24h"]);
});
