/** What every store promises about limits: of queues, of slots and of a host's resources. */

import { assert, assertEquals } from "@std/assert";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import { take, takeRuns } from "../support/claiming.ts";
import type { Promised } from "./stage.ts";

export function defineLimits(promise: Promised): void {
  definePatterns(promise);
  defineQueueLimits(promise);
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
