import { assert, assertEquals, assertMatch } from "@std/assert";
import { bucketOf } from "../core/buckets.ts";
import { plainQueue } from "../core/queue.ts";
import { readExposition } from "../../tests/support/exposition.ts";
import { metrics } from "./metrics.ts";
import { formatWanted, metricsText } from "./metrics_text.ts";
import type { MetricsFacts } from "./read_metrics.ts";

const name = 'odd "name"\\';
const facts: MetricsFacts = {
  store: { driver: "node:sqlite", schemaVersion: 5 },
  now: 100_000,
  queues: [{
    queue: plainQueue(name),
    byState: { pending: 3, blocked: 0, processing: 0, completed: 5, dead: 0, cancelled: 0 },
    failed: 1,
    live: 0,
    isRegated: true,
  }],
  delayed: 1,
  oldest: [{ queue: name, id: "j", dueAt: 98_500 }],
  statistics: {
    from: null,
    spans: [],
    now: 100_000,
    groups: [{
      group: name,
      outcomes: [{ at: 0, outcome: "completed", state: "completed", count: 5 }],
      lengths: {
        wait: { counts: new Map([[bucketOf(10), 2], [bucketOf(700), 1]]), totalMs: 720 },
        retry_wait: { counts: new Map([[bucketOf(30), 2]]), totalMs: 60 },
        run: { counts: new Map([[bucketOf(10 ** 12), 5]]), totalMs: 5 * 10 ** 12 },
      },
    }],
  },
  workers: { idle: 1, busy: 0, stopping: 0, silent: 2 },
  slots: 4,
  lostLeases: 7,
};
const labels = 'queue="odd \\"name\\"\\\\"';

Deno.test("samples are what the facts say, and labels are escaped", () => {
  const values = readExposition(metricsText(facts, { version: "1.2.3" }));
  const of = (text: string) => values.get(text);
  assertEquals(of(`queuectl_jobs{state="pending",${labels}}`), 3);
  assertEquals(of(`queuectl_oldest_waiting_seconds{${labels}}`), 1.5);
  assertEquals(of('queuectl_workers{state="silent"}'), 2);
  assertEquals(of("queuectl_leases_lost_total"), 7);
  assertEquals(of(`queuectl_attempts_total{outcome="completed",${labels}}`), 5);
  assertEquals(of(`queuectl_attempts_total{outcome="timeout",${labels}}`), 0);
  assertEquals(of(`queuectl_retries_total{${labels}}`), 2);
});

Deno.test("buckets of a histogram add up, and the last one is all", () => {
  const values = readExposition(metricsText(facts, { version: "1" }));
  const bucket = (metric: string, le: string) => values.get(`${metric}_bucket{${labels},le="${le}"}`);
  assertEquals(["0.01", "0.5", "1", "100000", "+Inf"].map((le) => bucket("queuectl_wait_seconds", le)), [
    2,
    2,
    3,
    3,
    3,
  ]);
  assertEquals(bucket("queuectl_claim_latency_seconds", "0.05"), 4);
  assertEquals(values.get(`queuectl_claim_latency_seconds_sum{${labels}}`), 0.78);
  assertEquals([
    bucket("queuectl_run_duration_seconds", "100000"),
    bucket("queuectl_run_duration_seconds", "+Inf"),
  ], [
    0,
    5,
  ]);
  const bounds = [...values.keys()].flatMap((key) =>
    /^queuectl_wait_seconds_bucket.*le="(.*)"/.exec(key)?.[1] ?? []
  );
  assertEquals(bounds.length, 23);
});

Deno.test("OpenMetrics names families without _total, tells units, and ends", () => {
  const text = metricsText(facts, { version: "1", format: "openmetrics" });
  assert(text.endsWith("\n# EOF\n"));
  assertMatch(text, /^# TYPE queuectl_attempts counter$/m);
  assertMatch(text, /^# UNIT queuectl_wait_seconds seconds$/m);
  assertMatch(text, /^queuectl_attempts_total\{/m);
  assertEquals(formatWanted("application/openmetrics-text; version=1.0.0,text/plain;q=0.5"), "openmetrics");
  assertEquals([formatWanted(null), formatWanted("*/*")], ["prometheus", "prometheus"]);
});

Deno.test("names end as the conventions say, and samples have the labels that are documented", () => {
  for (const metric of metrics) {
    assert(/^queuectl_[a-z_]+$/.test(metric.name));
    assertEquals(metric.name.endsWith("_total"), metric.type === "counter", metric.name);
    if (metric.type === "histogram") assertEquals(metric.unit, "seconds");
    for (const { labels, suffix } of metric.samples(facts, "1")) {
      const hasLe = metric.labels.includes("le") && suffix === "_bucket";
      const expected = metric.labels.filter((label) => label !== "le" || hasLe);
      assertEquals(Object.keys(labels).toSorted(), expected.toSorted(), metric.name);
    }
  }
});
