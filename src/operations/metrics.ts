/**
 * Every metric once: its name, type, help and what it is of the facts. Names and units follow Prometheus' conventions;
 * docs derive from this list. Counters and histograms come from sums that outlive the jobs, so they never fall.
 */

import { bucketBounds } from "../core/buckets.ts";
import { type JobState, jobStates } from "../core/job.ts";
import { outcomes } from "../core/run.ts";
import type { GroupStatistics, LengthMeasure, OutcomeCount } from "../store/statistics.ts";
import type { MetricsFacts } from "./read_metrics.ts";

export type MetricType = "gauge" | "counter" | "histogram";

export interface Sample {
  /** What is added to the metric's name: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metric {
  readonly name: string;
  readonly type: MetricType;
  /** The unit that its name ends with, if it has one. */
  readonly unit?: "seconds";
  readonly help: string;
  readonly labels: readonly string[];
  samples(facts: MetricsFacts, version: string): readonly Sample[];
}

/** Upper bounds of histograms: 1, 2.5 and 5 times each power of ten, from 10 ms to 100,000 s; bounds of buckets, too. */
const bounds = bucketBounds.flatMap((ms, index) =>
  ms >= 10 && ms <= 100_000_000 && /^(1|25?|5)0*$/.test(String(ms)) && !/^20*$/.test(String(ms))
    ? [{ ms, index }]
    : []
);

function byQueue(
  facts: MetricsFacts,
  samples: (group: GroupStatistics) => readonly Sample[],
): readonly Sample[] {
  return groupsOf(facts).flatMap(samples);
}

/** Those of which something has run, and those of which nothing has yet: a counter begins with 0. */
function groupsOf({ statistics, queues }: MetricsFacts): readonly GroupStatistics[] {
  const none = { counts: new Map<number, number>(), totalMs: 0 };
  const known = new Map(statistics.groups.map((group) => [group.group, group]));
  for (const { queue: { name } } of queues) {
    if (known.has(name)) continue;
    known.set(name, { group: name, outcomes: [], lengths: { wait: none, retry_wait: none, run: none } });
  }
  return [...known.values()].toSorted((one, other) => one.group < other.group ? -1 : 1);
}

function countOf(counts: readonly OutcomeCount[], isMeant: (count: OutcomeCount) => boolean): number {
  return counts.filter(isMeant).reduce((sum, { count }) => sum + count, 0);
}

/** The states in which the end of a run leaves a job for good. */
const endStates: readonly JobState[] = ["completed", "dead", "cancelled"];

function histogram(
  facts: MetricsFacts,
  measures: readonly LengthMeasure[],
): readonly Sample[] {
  return byQueue(facts, ({ group, lengths }) => {
    const labels = { queue: group };
    const sorted = measures.flatMap((measure) => [...lengths[measure].counts]);
    const upTo = (bucket: number) =>
      sorted.reduce((sum, [index, count]) => index <= bucket ? sum + count : sum, 0);
    const count = upTo(Infinity);
    const totalMs = measures.reduce((sum, measure) => sum + lengths[measure].totalMs, 0);
    return [
      ...bounds.map(({ ms, index }) => ({
        suffix: "_bucket",
        labels: { ...labels, le: (ms / 1000).toString() },
        value: upTo(index),
      })),
      { suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: count },
      { suffix: "_sum", labels, value: totalMs / 1000 },
      { suffix: "_count", labels, value: count },
    ];
  });
}

export const metrics: readonly Metric[] = [
  {
    name: "queuectl_build_info",
    type: "gauge",
    help: "The version that tells of it, and the store's driver and schema; always 1.",
    labels: ["version", "driver", "schema"],
    samples: ({ store }, version) => [
      { labels: { version, driver: store.driver, schema: String(store.schemaVersion) }, value: 1 },
    ],
  },
  {
    name: "queuectl_jobs",
    type: "gauge",
    help: "Jobs by state; finished ones as long as they are kept.",
    labels: ["state", "queue"],
    samples: ({ queues }) =>
      queues.flatMap(({ queue, byState }) =>
        jobStates.map((state) => ({ labels: { state, queue: queue.name }, value: byState[state] }))
      ),
  },
  {
    name: "queuectl_jobs_retrying",
    type: "gauge",
    help: "Pending jobs that failed and wait for their next attempt.",
    labels: ["queue"],
    samples: ({ queues }) =>
      queues.map(({ queue, failed }) => ({ labels: { queue: queue.name }, value: failed })),
  },
  {
    name: "queuectl_jobs_delayed",
    type: "gauge",
    help: "Pending jobs that are not due yet.",
    labels: [],
    samples: ({ delayed }) => [{ labels: {}, value: delayed }],
  },
  {
    name: "queuectl_oldest_waiting_seconds",
    type: "gauge",
    unit: "seconds",
    help: "For how long the job has been due that waits longest to start; 0 where none is due.",
    labels: ["queue"],
    samples({ queues, oldest, now }) {
      const due = new Map(oldest.map(({ queue, dueAt }) => [queue, dueAt]));
      return queues.map(({ queue: { name } }) => ({
        labels: { queue: name },
        value: Math.max(0, now - (due.get(name) ?? now)) / 1000,
      }));
    },
  },
  {
    name: "queuectl_queue_paused",
    type: "gauge",
    help: "Whether the queue is paused (1) and starts nothing.",
    labels: ["queue"],
    samples: ({ queues }) =>
      queues.map(({ queue }) => ({ labels: { queue: queue.name }, value: queue.state === "paused" ? 1 : 0 })),
  },
  {
    name: "queuectl_workers",
    type: "gauge",
    help: "Registered workers by state; silent ones have not told that they are alive for a lease.",
    labels: ["state"],
    samples: ({ workers }) => Object.entries(workers).map(([state, value]) => ({ labels: { state }, value })),
  },
  {
    name: "queuectl_worker_slots",
    type: "gauge",
    help: "How many jobs the workers that are not silent may run at once.",
    labels: [],
    samples: ({ slots }) => [{ labels: {}, value: slots }],
  },
  {
    name: "queuectl_attempts_total",
    type: "counter",
    help: "Runs that ended, by how; completed, failed and timeout are charged as attempts.",
    labels: ["outcome", "queue"],
    samples: (facts) =>
      byQueue(facts, ({ group, outcomes: counts }) =>
        outcomes.map((outcome) => ({
          labels: { outcome, queue: group },
          value: countOf(counts, (each) => each.outcome === outcome),
        }))),
  },
  {
    name: "queuectl_retries_total",
    type: "counter",
    help: "Runs that ended of jobs that had run before.",
    labels: ["queue"],
    samples: (facts) =>
      byQueue(facts, ({ group, lengths }) => [{
        labels: { queue: group },
        value: [...lengths.retry_wait.counts.values()].reduce((sum, count) => sum + count, 0),
      }]),
  },
  {
    name: "queuectl_jobs_ended_total",
    type: "counter",
    help:
      "Jobs that the end of a run left completed, dead or cancelled; one that is retried by hand counts again.",
    labels: ["state", "queue"],
    samples: (facts) =>
      byQueue(facts, ({ group, outcomes: counts }) =>
        endStates.map((state) => ({
          labels: { state, queue: group },
          value: countOf(counts, (each) => each.state === state),
        }))),
  },
  {
    name: "queuectl_leases_lost_total",
    type: "counter",
    help: "Runs that were taken over from a worker that was gone or silent.",
    labels: [],
    samples: ({ lostLeases }) => [{ labels: {}, value: lostLeases }],
  },
  {
    name: "queuectl_claim_latency_seconds",
    type: "histogram",
    unit: "seconds",
    help: "From when a run was due to its start, of all runs that ended.",
    labels: ["queue", "le"],
    samples: (facts) => histogram(facts, ["wait", "retry_wait"]),
  },
  {
    name: "queuectl_wait_seconds",
    type: "histogram",
    unit: "seconds",
    help: "The same of the first runs of jobs: how long they waited.",
    labels: ["queue", "le"],
    samples: (facts) => histogram(facts, ["wait"]),
  },
  {
    name: "queuectl_run_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "From the start of a run to its end.",
    labels: ["queue", "le"],
    samples: (facts) => histogram(facts, ["run"]),
  },
];
