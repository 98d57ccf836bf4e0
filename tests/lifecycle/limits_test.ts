/** Limits of queues, keys, slots and resources, with real workers. */

import { assert, assertEquals } from "@std/assert";
import { type JobShape, TestQueue } from "../support/program.ts";

interface Span {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/** When the runs of jobs went on, by the store's own times. */
async function spansOf(queue: TestQueue, ids: readonly string[]): Promise<Span[]> {
  const spans: Span[] = [];
  for (const id of ids) {
    const { runs } = await queue.json<{ runs: { started_at: string; finished_at: string }[] }>("show", id);
    for (const run of runs) {
      spans.push({ id, from: Date.parse(run.started_at), to: Date.parse(run.finished_at) });
    }
  }
  return spans;
}

/** The most that went on at one instant. */
function mostAtOnce(spans: readonly Span[]): number {
  return Math.max(
    ...spans.map(({ from }) => spans.filter((other) => other.from <= from && from < other.to).length),
  );
}

async function enqueueAll(queue: TestQueue, jobs: readonly Record<string, unknown>[]): Promise<void> {
  const stdin = new TextEncoder().encode(jobs.map((job) => JSON.stringify(job)).join("\n"));
  assertEquals((await queue.call(["enqueue", "-"], { stdin })).code, 0);
}

async function waitUntilDone(queue: TestQueue, count: number): Promise<JobShape[]> {
  await queue.waitFor(
    `${count} completed jobs`,
    async () =>
      (await queue.json<JobShape[]>("list", "--state", "completed", "--limit", "500")).length >= count,
  );
  return await queue.json<JobShape[]>("list", "--state", "completed", "--limit", "500");
}

Deno.test("a queue's limit holds over all workers, and a raised one is felt at once", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("queue", "set", "video", "--limit", "2");
  const ids = Array.from({ length: 12 }, (_, i) => `v${i}`);
  await enqueueAll(queue, ids.map((id) => ({ id, queue: "video", command: "sleep 0.2" })));
  await queue.ok("worker", "start", "--count", "3", "--concurrency", "2", "--queues", "video,default");
  await waitUntilDone(queue, 12);
  const spans = await spansOf(queue, ids);
  assertEquals(mostAtOnce(spans), 2);
  const more = Array.from({ length: 12 }, (_, i) => `w${i}`);
  await queue.ok("queue", "set", "video", "--limit", "5");
  await enqueueAll(queue, more.map((id) => ({ id, queue: "video", command: "sleep 0.3" })));
  await waitUntilDone(queue, 24);
  const most = mostAtOnce(await spansOf(queue, more));
  assert(most > 2 && most <= 5, `${most} at once`);
});

Deno.test("one job of a key at a time, in order of arrival, while other keys go on", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("queue", "set", "default", "--key-limit", "1");
  const ids = Array.from({ length: 15 }, (_, i) => `j${i}`);
  await enqueueAll(queue, ids.map((id, i) => ({ id, key: `k${i % 3}`, command: "sleep 0.05" })));
  await queue.ok("worker", "start", "--count", "2", "--concurrency", "3");
  await waitUntilDone(queue, 15);
  for (const key of [0, 1, 2]) {
    const own = ids.filter((_, i) => i % 3 === key);
    const spans = await spansOf(queue, own);
    assertEquals(mostAtOnce(spans), 1, `key ${key}`);
    assertEquals(spans.toSorted((one, other) => one.from - other.from).map(({ id }) => id), own);
  }
});

Deno.test("slots and resources are never filled twice, with several workers on a host", async () => {
  await using queue = await TestQueue.create();
  const wide = Array.from({ length: 4 }, (_, i) => ({ id: `wide${i}`, slots: 3, command: "sleep 0.1" }));
  const gpu = Array.from(
    { length: 8 },
    (_, i) => ({ id: `gpu${i}`, resources: { gpu: 1 }, command: "sleep 0.1" }),
  );
  const plain = Array.from({ length: 8 }, (_, i) => ({ id: `plain${i}`, command: "sleep 0.1" }));
  await enqueueAll(queue, [...plain.slice(0, 2), ...wide, ...gpu, ...plain.slice(2)]);
  await queue.ok("worker", "start", "--count", "2", "--concurrency", "4", "--resources", "gpu=2");
  const done = await waitUntilDone(queue, 20);
  assertEquals(mostAtOnce(await spansOf(queue, gpu.map(({ id }) => id))) <= 2, true);
  const byWorker = new Map<string, { from: number; to: number; slots: number }[]>();
  for (const job of done) {
    const { runs } = await queue.json<
      { runs: { worker: string; started_at: string; finished_at: string }[] }
    >("show", job.id);
    const run = runs[0]!;
    const spans = byWorker.get(run.worker) ?? [];
    spans.push({
      from: Date.parse(run.started_at),
      to: Date.parse(run.finished_at),
      slots: job.id.startsWith("wide") ? 3 : 1,
    });
    byWorker.set(run.worker, spans);
  }
  for (const spans of byWorker.values()) {
    for (const { from } of spans) {
      const filled = spans.filter((each) => each.from <= from && from < each.to)
        .reduce((sum, { slots }) => sum + slots, 0);
      assert(filled <= 4, `${filled} slots of 4 are filled`);
    }
  }
});

Deno.test("a paused queue starts nothing; resumed, its jobs are taken at once", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("queue", "pause", "default");
  await queue.ok("worker", "start", "--poll-interval", "1m");
  await queue.ok("enqueue", "--id", "a", "--", "echo hi");
  await queue.ok("enqueue", "--id", "other", "--queue", "other", "--", "true");
  assertEquals((await queue.json<{ state: string }>("show", "a")).state, "pending");
  await queue.ok("queue", "resume", "default");
  await queue.waitForState("a", "completed");
  assertEquals((await queue.json<{ state: string }>("show", "other")).state, "pending");
});

Deno.test("a rate is kept, and its next start comes by itself", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("queue", "set", "default", "--rate", "3/s");
  const ids = Array.from({ length: 7 }, (_, i) => `j${i}`);
  await enqueueAll(queue, ids.map((id) => ({ id, command: ":" })));
  await queue.ok("worker", "start", "--poll-interval", "1m");
  await waitUntilDone(queue, 7);
  const starts = (await spansOf(queue, ids)).map(({ from }) => from).toSorted((one, other) => one - other);
  for (const [index, start] of starts.entries()) {
    const inWindow = starts.filter((each) => each >= start && each < start + 1000).length;
    assert(inWindow <= 3, `${inWindow} starts within a second from start ${index} on`);
  }
});
