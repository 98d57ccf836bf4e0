/** What every store promises about limits: of queues, of keys, of slots and of a host's resources. */

import { assert, assertEquals } from "@std/assert";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Claimed, Store } from "../../src/store/store.ts";
import type { Promised } from "./stage.ts";

/** Ids of what a worker is handed, in that order. */
async function take(
  store: Store,
  workerId: string,
  queues: readonly string[],
  limit = 99,
): Promise<string[]> {
  return (await takeRuns(store, workerId, queues, limit)).map(({ job }) => job.id);
}

async function takeRuns(
  store: Store,
  workerId: string,
  queues: readonly string[],
  limit = 99,
): Promise<readonly Claimed[]> {
  const { claimed } = await store.claim({ workerId, queues, limit, newMark: () => "m" });
  return claimed!;
}

async function regateAll(store: Store): Promise<void> {
  while (await store.regate());
}

export function defineLimits(promise: Promised): void {
  definePatterns(promise);
  defineQueueLimits(promise);
  defineKeyLimits(promise);
  defineDemands(promise);
}

function definePatterns(promise: Promised): void {
  promise(
    "queues are taken in the order asked for, and of a pattern the best job first",
    async ({ store }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([
        newJob("other", { queue: "other", priority: 9 }),
        newJob("img-z", { queue: "img-z", priority: 1 }),
        newJob("img", { queue: "img" }),
        newJob("imga", { queue: "imga", priority: 5 }),
        newJob("img-a", { queue: "img-a" }),
        newJob("IMG-A", { queue: "IMG-A" }),
        newJob("late", { queue: "late" }),
      ]);
      assertEquals(await take(store, "w", ["late", "img-*"]), ["late", "img-z", "img-a"]);
      const ready = async (queues: string[]) => (await store.probe("w", queues)).ready;
      assertEquals([await ready(["img-*", "nothing"]), await ready(["img*"])], [false, true]);
      assertEquals(await take(store, "w", ["*"], 2), ["other", "imga"]);
      assertEquals(await take(store, "w", ["img", "*"]), ["img", "IMG-A"]);
      assertEquals(await ready(["*"]), false);
    },
  );

  promise("a hundred queues with several demands are one line to who takes them all", async ({ store }) => {
    await store.registerWorker(newWorker("w", { tags: ["gpu"], concurrency: 4 }));
    const jobs = Array.from(
      { length: 300 },
      (_, i) => newJob(`j${i}`, { queue: `q${i % 100}`, needs: i % 3 === 0 ? ["gpu"] : [], priority: i % 7 }),
    );
    await store.enqueue(jobs);
    const expected = jobs.toSorted((one, other) => other.priority - one.priority).map(({ id }) => id);
    assertEquals(await take(store, "w", ["*"], 300), expected);
  });
}

function defineQueueLimits(promise: Promised): void {
  promise(
    "no more jobs of a queue run than its limit, changed while they do; a lower one stops nothing",
    async ({ store }) => {
      await store.registerWorker(newWorker("w"));
      await store.changeQueue("video", { limit: 2 });
      await store.enqueue(["a", "b", "c", "d", "e"].map((id) => newJob(id, { queue: "video" })));
      await store.enqueue([newJob("free")]);
      const ready = async () => (await store.probe("w", ["video"])).ready;
      const [a, b] = await takeRuns(store, "w", ["video"]);
      assertEquals([a!.job.id, b!.job.id], ["a", "b"]);
      assertEquals([await take(store, "w", ["video"]), await ready()], [[], false]);
      assertEquals(await take(store, "w", ["video", "default"]), ["free"]);
      const next = { workerId: "w", queues: ["video"], limit: 9, newMark: () => "m" };
      const settled = await store.settle({ ...settlement(a!, "completed"), next });
      assertEquals(settled!.claimed.map(({ job }) => job.id), ["c"]);
      await store.changeQueue("video", { limit: 1 });
      assertEquals((await store.settle({ ...settlement(b!, "completed"), next }))!.claimed, []);
      assertEquals(await take(store, "w", ["video"]), []);
      await store.changeQueue("video", { limit: null });
      assertEquals(await ready(), true);
      assertEquals(await take(store, "w", ["video"]), ["d", "e"]);
    },
  );

  promise("a paused queue accepts and starts nothing until it is open again", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.changeQueue("default", { state: "paused" });
    await store.enqueue([newJob("a")]);
    assertEquals([await take(store, "w", ["default"]), (await store.probe("w", ["default"])).ready], [
      [],
      false,
    ]);
    assertEquals(await take(store, "w", ["*"]), []);
    await store.changeQueue("default", { state: "open" });
    assertEquals(await take(store, "w", ["default"]), ["a"]);
  });

  promise(
    "in no window start more jobs than the rate, and the probe says when the next may",
    async ({ store, clock }) => {
      await store.registerWorker(newWorker("w"));
      await store.changeQueue("default", { rate: { count: 2, perMs: 1000 } });
      await store.enqueue(["a", "b", "c", "d", "e"].map((id) => newJob(id)));
      const start = clock.ms;
      assertEquals(await take(store, "w", ["default"], 1), ["a"]);
      clock.advance(600);
      assertEquals(await take(store, "w", ["default"]), ["b"]);
      const probe = await store.probe("w", ["default"]);
      assertEquals([probe.ready, probe.nextDueAt], [false, start + 1000]);
      clock.advance(399);
      assertEquals(await take(store, "w", ["default"]), []);
      clock.advance(1);
      assertEquals(await take(store, "w", ["default"]), ["c"]);
      clock.advance(599);
      assertEquals(await take(store, "w", ["default"]), []);
      clock.advance(1);
      assertEquals(await take(store, "w", ["default"]), ["d"]);
      await store.changeQueue("default", { rate: null });
      assertEquals(await take(store, "w", ["default"]), ["e"]);
    },
  );

  promise("a throttled queue starts nothing for as long", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a")]);
    await store.changeQueue("default", { throttleMs: 60_000 });
    const probe = await store.probe("w", ["default"]);
    assertEquals([probe.ready, probe.nextDueAt], [false, clock.ms + 60_000]);
    clock.advance(59_999);
    assertEquals(await take(store, "w", ["default"]), []);
    clock.advance(1);
    assertEquals(await take(store, "w", ["default"]), ["a"]);
  });

  promise(
    "many claimers at once never start more than a limit, a key's limit or a rate allows",
    async ({ store, another }) => {
      await store.changeQueue("default", { limit: 5, keyLimit: 1 });
      await store.changeQueue("rated", { rate: { count: 7, perMs: 3_600_000 } });
      await store.enqueue(Array.from({ length: 90 }, (_, i) => newJob(`j${i}`, { key: `k${i % 9}` })));
      await store.enqueue(Array.from({ length: 20 }, (_, i) => newJob(`r${i}`, { queue: "rated" })));
      const live = new Map<string, string>();
      let most = 0;
      let started = 0;
      await Promise.all(["w1", "w2", "w3", "w4"].map(async (worker) => {
        const own = await another();
        await own.registerWorker(newWorker(worker));
        for (let i = 0; i < 40; i++) {
          const runs = await takeRuns(own, worker, ["default", "rated"], 2);
          for (const { job } of runs.filter(({ job }) => job.queue === "default")) {
            assert(!live.has(job.key!), `two of ${job.key} run`);
            live.set(job.key!, job.id);
          }
          most = Math.max(most, live.size);
          started += runs.filter(({ job }) => job.queue === "rated").length;
          await Promise.resolve();
          for (const run of runs) {
            if (run.job.queue === "rated") continue;
            // Before the settlement: others may start the next one before it has returned.
            live.delete(run.job.key!);
            await own.settle(settlement(run, "completed"));
          }
        }
      }));
      assert(most >= 1 && most <= 5, `${most} ran at once`);
      assertEquals(started, 7);
    },
  );
}

function defineKeyLimits(promise: Promised): void {
  promise(
    "of a key as many run as its limit, in order of arrival, and keys do not wait for each other",
    async ({ store }) => {
      await store.registerWorker(newWorker("w"));
      await store.changeQueue("default", { keyLimit: 1 });
      await store.enqueue([
        newJob("a1", { key: "a" }),
        newJob("a2", { key: "a", priority: 9 }),
        newJob("b1", { key: "b" }),
        newJob("free"),
        newJob("a3", { key: "a" }),
        newJob("other", { key: "a", queue: "other" }),
      ]);
      const runs = await takeRuns(store, "w", ["default", "other"]);
      assertEquals(runs.map(({ job }) => job.id), ["a1", "b1", "free", "other"]);
      assertEquals((await store.probe("w", ["default"])).ready, false);
      const next = { workerId: "w", queues: ["default"], limit: 9, newMark: () => "m" };
      const settled = await store.settle({ ...settlement(runs[0]!, "completed"), next });
      assertEquals(settled!.claimed.map(({ job }) => job.id), ["a2"]);
      // One that comes back stands where it arrived.
      const again = await store.settle(settlement(settled!.claimed[0]!, "handed_back"));
      assertEquals(again!.state, "pending");
      assertEquals(await take(store, "w", ["default"]), ["a2"]);
    },
  );

  promise("whatever takes a job of a key out of the line lets the next one go", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.changeQueue("default", { keyLimit: 1 });
    await store.enqueue([
      newJob("cancelled", { key: "a" }),
      newJob("removed", { key: "a" }),
      newJob("edited", { key: "a" }),
      newJob("expires", { key: "a", expires: { afterMs: 1000 } }),
      newJob("filtered", { key: "a" }),
      newJob("last", { key: "a" }),
    ]);
    await store.cancel("cancelled");
    assertEquals((await store.probe("w", ["default"])).ready, true);
    await store.remove("removed");
    await store.edit("edited", { due: { afterMs: 60_000 } });
    clock.advance(1000);
    assertEquals(await store.expireDue(), 1);
    await store.cancelMany({}, { after: 4, through: 5 });
    const [last] = await takeRuns(store, "w", ["default"]);
    assertEquals(last!.job.id, "last");
    // Due again, retried or put forward, they wait for their turn.
    clock.advance(60_000);
    assertEquals(await take(store, "w", ["default"]), []);
    await store.retry({ id: "cancelled", from: "any" });
    await store.retry({ id: "edited", from: "any" });
    assertEquals(await take(store, "w", ["default"]), []);
    await store.settle(settlement(last!, "completed"));
    assertEquals(await take(store, "w", ["default"]), ["cancelled"]);
  });

  promise(
    "whatever puts a job of a key into the line, it does not go before its turn",
    async ({ store, clock }) => {
      await store.registerWorker(newWorker("w"));
      await store.registerWorker(newWorker("other"));
      await store.changeQueue("default", { keyLimit: 1 });
      await regateAll(store);
      const later = { due: { afterMs: 60_000 } };
      const hasty = { ...later, priority: 9, key: "k" };
      await store.enqueue([
        newJob("first", { key: "k" }),
        newJob("retried", hasty),
        newJob("edited", hasty),
        newJob("due", { key: "k", priority: 9, due: { afterMs: 1000 } }),
      ]);
      await store.retry({ id: "retried", from: "any" });
      assertEquals(await store.check(), [], "after a retry");
      await store.edit("edited", { due: { afterMs: 0 } });
      assertEquals(await store.check(), [], "after an edit");
      clock.advance(1000);
      // Who takes other queues meets what is due as well.
      assertEquals(await take(store, "other", ["nothing"]), []);
      assertEquals(await store.check(), [], "after a claim");
      const [first] = await takeRuns(store, "w", ["default"]);
      assertEquals(first!.job.id, "first");
      // One that is put off leaves its place to the next.
      await store.settle(settlement(first!, "completed"));
      await store.edit("retried", later);
      assertEquals(await take(store, "w", ["default"]), ["edited"]);
    },
  );

  promise(
    "a key limit that is set, raised, lowered and taken away is felt by what waits",
    async ({ store }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue(Array.from({ length: 30 }, (_, i) => newJob(`j${i}`, { key: `k${i % 3}` })));
      await store.changeQueue("default", { keyLimit: 2 });
      const first = await takeRuns(store, "w", ["default"]);
      assertEquals(first.map(({ job }) => job.id), ["j0", "j1", "j2", "j3", "j4", "j5"]);
      await regateAll(store);
      await store.changeQueue("default", { keyLimit: 3 });
      await regateAll(store);
      assertEquals(await take(store, "w", ["default"]), ["j6", "j7", "j8"]);
      await store.changeQueue("default", { keyLimit: 1 });
      await regateAll(store);
      for (const run of first) await store.settle(settlement(run, "completed"));
      assertEquals(await take(store, "w", ["default"]), []);
      await store.changeQueue("default", { keyLimit: null });
      await regateAll(store);
      assertEquals((await take(store, "w", ["default"])).length, 21);
    },
  );

  promise(
    "a change of thousands of keys goes in batches, and can be gone on with",
    async ({ store, another }) => {
      await store.registerWorker(newWorker("w"));
      const jobs = Array.from(
        { length: 3000 },
        (_, i) => newJob(`j${i}`, { key: i < 1500 ? "same" : `k${i}` }),
      );
      await store.enqueue(jobs);
      await store.changeQueue("default", { keyLimit: 1 });
      let steps = 0;
      const other = await another();
      while (await (steps % 2 === 0 ? store : other).regate()) {
        steps++;
      }
      assert(steps > 1 && steps < 60, `${steps} steps`);
      assertEquals(await store.check(), []);
      assertEquals((await take(store, "w", ["default"], 2)).length, 2);
      await store.changeQueue("default", { keyLimit: null });
      while (await store.regate());
      assertEquals((await take(store, "w", ["default"], 3000)).length, 2998);
    },
  );
}

function defineDemands(promise: Promised): void {
  promise("a job takes as many slots as it says; a wide one is not overtaken", async ({ store }) => {
    await store.registerWorker(newWorker("narrow", { concurrency: 2 }));
    await store.registerWorker(newWorker("wide", { concurrency: 4 }));
    await store.enqueue([
      newJob("one"),
      newJob("three", { slots: 3 }),
      newJob("two", { slots: 2 }),
      newJob("last"),
    ]);
    assertEquals(await take(store, "wide", ["default"], 3), ["one"]);
    // Never for this worker: passed over.
    assertEquals(await take(store, "narrow", ["default"], 2), ["two"]);
    assertEquals(await take(store, "wide", ["default"], 3), ["three"]);
    assertEquals(await take(store, "wide", ["default"], 1), ["last"]);
  });

  promise("all jobs of a host share its resources, whoever runs them", async ({ store }) => {
    const here = { concurrency: 9, resources: { gpu: 2, license: 1 } };
    await store.registerWorker(newWorker("w1", here));
    await store.registerWorker(newWorker("w2", here));
    await store.registerWorker(newWorker("there", { ...here, host: "there|m|b|p" }));
    await store.registerWorker(newWorker("none", { concurrency: 9 }));
    const gpus = (id: string, gpu: number) => newJob(id, { resources: { gpu } });
    await store.enqueue([gpus("a", 1), gpus("b", 2), gpus("c", 1), newJob("d"), gpus("e", 1), gpus("f", 1)]);
    await store.enqueue([newJob("license", { resources: { license: 1 } }), gpus("huge", 3)]);
    assertEquals(await take(store, "none", ["default"]), ["d"]);
    const [a, license] = await takeRuns(store, "w1", ["default"]);
    // What takes gpus waits behind b, which lacks one; what takes others does not.
    assertEquals([a!.job.id, license!.job.id], ["a", "license"]);
    assertEquals(await take(store, "w2", ["default"]), []);
    await store.settle(settlement(a!, "completed"));
    assertEquals((await store.probe("w2", ["default"])).ready, true);
    assertEquals(await take(store, "w2", ["default"]), ["b"]);
    assertEquals(await take(store, "there", ["default"]), ["c", "e"]);
    assertEquals(await claimOne(store, "w1"), null);
  });

  promise("with ageing, waiting makes up for priority", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    const step = { priorityStepMs: 60_000 };
    await store.enqueue([newJob("old", step)]);
    clock.advance(90_000);
    await store.enqueue([
      newJob("new", { ...step, priority: 1 }),
      newJob("urgent", { ...step, priority: 2 }),
    ]);
    assertEquals(await take(store, "w", ["default"]), ["urgent", "old", "new"]);
  });
}
