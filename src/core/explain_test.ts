import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { explain } from "./explain.ts";
import {
  type ExplainedHolder,
  type ExplainedWorker,
  type ExplainFacts,
  type Gate,
  gates,
} from "./explain_facts.ts";
import type { Job } from "./job.ts";
import { plainQueue, type Queue } from "./queue.ts";
import { strictPriorityStepMs } from "./job.ts";

const now = 1_000_000_000;

function jobWith(fields: Partial<Job> = {}): Job {
  return {
    traceparent: null,
    webhook: null,
    seq: 7,
    id: "j",
    queue: "video",
    key: null,
    state: "pending",
    reason: null,
    priority: 0,
    priorityStepMs: strictPriorityStepMs,
    command: "true",
    argv: null,
    cwd: "/",
    env: {},
    needs: [],
    slots: 1,
    resources: {},
    maxRetries: 3,
    timeoutMs: null,
    killAfterMs: null,
    isCancelRequested: false,
    rules: null,
    label: null,
    meta: {},
    stdinBytes: null,
    expiresAt: null,
    openParents: 0,
    brokenBy: null,
    uniqueKey: null,
    hookOf: null,
    attempts: 0,
    crashes: 0,
    snoozes: 0,
    runCount: 0,
    runAt: now - 5000,
    createdAt: now - 5000,
    updatedAt: now - 5000,
    startedAt: null,
    finishedAt: null,
    exitCode: null,
    lastError: null,
    ...fields,
  };
}

function workerWith(fields: Partial<ExplainedWorker> = {}): ExplainedWorker {
  return {
    id: "w1",
    host: "h|m|b|p",
    hostName: "h",
    queues: ["video"],
    tags: [],
    concurrency: 1,
    resources: {},
    isAvailable: true,
    held: null,
    holds: [],
    ...fields,
  };
}

interface Given extends Partial<Omit<ExplainFacts, "job" | "queue">> {
  readonly job?: Partial<Job>;
  readonly settings?: Partial<Queue>;
  readonly queue?: Partial<ExplainFacts["queue"]>;
}

function explained({ job, settings, queue, ...facts }: Given = {}) {
  return explain({
    now,
    job: jobWith(job),
    parents: [],
    queue: {
      settings: { ...plainQueue("video"), ...settings },
      live: 0,
      keyLive: 0,
      keyAhead: 0,
      rateFreeAt: null,
      ...queue,
    },
    workers: [workerWith()],
    ahead: 0,
    holder: null,
    ...facts,
  });
}

const holder: ExplainedHolder = {
  workerId: "w1",
  hostName: "h",
  runNumber: 2,
  startedAt: now - 12_000,
  heartbeatAt: now - 1000,
  lostAt: now + 44_000,
  isSilent: false,
  isAdopted: false,
};
const slot = { slots: 1, resources: {} };

interface Case {
  readonly what: string;
  readonly given: Given;
  readonly gate: Gate;
  readonly until?: number;
  readonly says: string;
  readonly fix: string | null;
}

const cases: readonly Case[] = [
  {
    what: "nothing",
    given: {},
    gate: "ready",
    says: "Nothing holds it: a worker that is free takes it next.",
    fix: null,
  },
  {
    what: "its delay",
    given: { job: { runAt: now + 90_000 } },
    gate: "delay",
    until: now + 90_000,
    says: "It is not due yet: it may start in 1m 30s.",
    fix: "edit j --delay 0s",
  },
  {
    what: "a delay beyond its expiry",
    given: { job: { runAt: now + 90_000, expiresAt: now + 60_000 } },
    gate: "delay",
    until: now + 90_000,
    says: "It expires before that.",
    fix: "edit j --delay 0s",
  },
  {
    what: "the wait between two attempts",
    given: { job: { runAt: now + 4000, attempts: 2, lastError: "exit code 1", runCount: 2 } },
    gate: "backoff",
    until: now + 4000,
    says: "It waits between two attempts, 2 of 3 are used up: the next one may start in 4s.",
    fix: "retry j",
  },
  {
    what: "a snooze",
    given: { job: { runAt: now + 4000, snoozes: 1, runCount: 1 } },
    gate: "backoff",
    until: now + 4000,
    says: "It asked to come back later, once so far: it may start in 4s.",
    fix: "retry j",
  },
  {
    what: "an expiry that is over",
    given: { job: { expiresAt: now - 1 } },
    gate: "expired",
    says: "It has expired before it could start",
    fix: "retry j",
  },
  {
    what: "jobs that it waits for",
    given: {
      job: { state: "blocked", openParents: 3 },
      parents: [
        { id: "a", state: "processing", awaits: "completed" },
        { id: "b", state: "pending", awaits: "ended" },
      ],
    },
    gate: "parents",
    says: "It waits for a (processing) to be completed, b (pending) to have ended, 1 more.",
    fix: "explain a",
  },
  {
    what: "a paused queue",
    given: { settings: { state: "paused" } },
    gate: "paused",
    says: "Its queue video is paused",
    fix: "queue resume video",
  },
  {
    what: "a throttle",
    given: { settings: { throttledUntil: now + 60_000 } },
    gate: "throttle",
    until: now + 60_000,
    says: "Its queue video is throttled: nothing of it starts for 1m.",
    fix: "queue throttle video --for 0s",
  },
  {
    what: "a rate",
    given: { settings: { rate: { count: 10, perMs: 60_000 } }, queue: { rateFreeAt: now + 7000 } },
    gate: "rate",
    until: now + 7000,
    says: "as many as its rate of 10/m allows: the next one may start in 7s.",
    fix: null,
  },
  {
    what: "the limit of its queue",
    given: { settings: { limit: 2 }, queue: { live: 2 } },
    gate: "queue_limit",
    says: "Its queue video runs 2 of at most 2 at once",
    fix: "list --queue video --state processing",
  },
  {
    what: "a limit that was lowered",
    given: { settings: { limit: 1 }, queue: { live: 3 } },
    gate: "queue_limit",
    says: "runs 3 of at most 1 at once",
    fix: "list --queue video --state processing",
  },
  {
    what: "the limit of its key",
    given: { job: { key: "ada" }, settings: { keyLimit: 1 }, queue: { keyLive: 1 } },
    gate: "key_limit",
    says: '1 with its key "ada" runs, and at most 1 of one key may run at once in queue video',
    fix: null,
  },
  {
    what: "earlier jobs of its key",
    given: { job: { key: "ada" }, settings: { keyLimit: 1 }, queue: { keyAhead: 2 } },
    gate: "key_limit",
    says: '2 with its key "ada" came before it and go first',
    fix: null,
  },
  {
    what: "no worker at all",
    given: { workers: [], job: { needs: ["gpu"], slots: 2, resources: { gpu: 1 } } },
    gate: "no_worker",
    says: "No worker is running.",
    fix: "worker start --queues video --tags gpu --concurrency 2 --resource gpu=1",
  },
  {
    what: "workers that stop",
    given: { workers: [workerWith({ isAvailable: false })] },
    gate: "no_worker",
    says: "No worker takes jobs: the one that is there is stopping or silent.",
    fix: "worker start --queues video",
  },
  {
    what: "no worker for its queue",
    given: { workers: [workerWith({ queues: ["default", "img-*"] })] },
    gate: "queue",
    says: "No running worker takes jobs of queue video.",
    fix: "worker start --queues video",
  },
  {
    what: "tags that nobody offers",
    given: { job: { needs: ["gpu"] } },
    gate: "tags",
    says: "No running worker for queue video offers gpu.",
    fix: "worker start --queues video --tags gpu",
  },
  {
    what: "more slots than any worker has",
    given: { job: { slots: 4 } },
    gate: "slots",
    says: "It takes 4 slots, and no running worker that it could go to has more than 1.",
    fix: "worker start --queues video --concurrency 4",
  },
  {
    what: "slots that are not free",
    given: { job: { slots: 2 }, workers: [workerWith({ concurrency: 2, holds: [slot] })], ahead: 1 },
    gate: "slots",
    says:
      "It takes 2 slots, and no worker has that many free: it waits until jobs end. 1 job goes before it.",
    fix: null,
  },
  {
    what: "resources that no host has",
    given: { job: { resources: { gpu: 3 } }, workers: [workerWith({ resources: { gpu: 2 } })] },
    gate: "resource",
    says: "It takes gpu=3, and no running worker that it could go to is on a host with that much.",
    fix: "worker start --queues video --resource gpu=3",
  },
  {
    what: "resources that another worker of the host uses",
    given: {
      job: { resources: { gpu: 2 } },
      workers: [
        workerWith({ resources: { gpu: 2 } }),
        workerWith({ id: "w2", queues: ["other"], holds: [{ slots: 1, resources: { gpu: 1 } }] }),
      ],
    },
    gate: "resource",
    says: "It takes gpu=2, and jobs that run have too much of that",
    fix: null,
  },
  {
    what: "a host that has too much to do",
    given: { workers: [workerWith({ held: "its load is 9.1, above max_load 8" })] },
    gate: "host",
    says: "The worker that could take it claims nothing for now: its load is 9.1, above max_load 8 on h.",
    fix: null,
  },
  {
    what: "busy workers",
    given: { workers: [workerWith({ holds: [slot] }), workerWith({ id: "w2", holds: [slot] })], ahead: 3 },
    gate: "busy",
    says: "All 2 workers that can take it are busy: it waits until a job ends. 3 jobs go before it.",
    fix: "worker start",
  },
  {
    what: "that it runs",
    given: { job: { state: "processing" }, holder },
    gate: "running",
    says: "It runs on worker w1 on h since 12s, as run 2.",
    fix: "logs --follow j",
  },
  {
    what: "a silent worker's lease",
    given: { job: { state: "processing" }, holder: { ...holder, isSilent: true, heartbeatAt: now - 31_000 } },
    gate: "silent_worker",
    until: now + 44_000,
    says:
      "has not been heard of for 31s; if it stays silent its run is taken over, or the job runs again, in 44s",
    fix: "worker list",
  },
  {
    what: "a worker that is gone",
    given: { job: { state: "processing" }, holder: { ...holder, heartbeatAt: null, lostAt: null } },
    gate: "silent_worker",
    says: "Its worker w1 on h is gone",
    fix: "worker start",
  },
  {
    what: "that it is completed",
    given: { job: { state: "completed", finishedAt: now - 3000, exitCode: 0 } },
    gate: "ended",
    says: "It is completed: it ended 3s ago with exit code 0.",
    fix: null,
  },
  {
    what: "that it is dead",
    given: {
      job: { state: "dead", finishedAt: now - 3000, attempts: 3, reason: "out of attempts", exitCode: 1 },
    },
    gate: "ended",
    says: "It is dead: out of attempts. It died 3s ago after 3 attempts",
    fix: "dlq retry j",
  },
  {
    what: "that it is cancelled",
    given: { job: { state: "cancelled", finishedAt: now - 3000, reason: "cancelled by request" } },
    gate: "ended",
    says: "It was cancelled 3s ago: cancelled by request.",
    fix: "retry j",
  },
];

for (const { what, given, gate, until = null, says, fix } of cases) {
  Deno.test(`explain: ${what}`, () => {
    const found = explained(given);
    assertEquals([found.gate, found.until, found.fix], [gate, until, fix]);
    assertStringIncludes(found.sentence, says);
  });
}

Deno.test("explain: a test for each gate", () => {
  const tested = new Set(cases.map((each) => each.gate));
  assertEquals(gates.filter((gate) => !tested.has(gate)), []);
});

Deno.test("explain: what comes after the first gate is told too", () => {
  const found = explained({
    job: { runAt: now + 1000 },
    settings: { state: "paused", limit: 1 },
    queue: { live: 1 },
    workers: [],
  });
  assertEquals([found.gate, ...found.then.map(({ gate }) => gate)], [
    "delay",
    "paused",
    "queue_limit",
    "no_worker",
  ]);
});

Deno.test("explain: a draining queue, a gate with room left and a worker with a free slot hold nothing", () => {
  const found = explained({
    job: { key: "k", resources: { gpu: 1 } },
    settings: { state: "draining", limit: 2, keyLimit: 2, rate: { count: 1, perMs: 9 }, throttledUntil: now },
    queue: { live: 1, keyLive: 1, rateFreeAt: now },
    workers: [
      workerWith({ held: "busy host" }),
      workerWith({ id: "w2", concurrency: 2, holds: [slot], resources: { gpu: 1 } }),
    ],
    ahead: 2,
  });
  assertEquals(found.gate, "ready");
  assertStringIncludes(found.sentence, "after 2 jobs that go before it");
  assert(found.then.length === 0);
});
