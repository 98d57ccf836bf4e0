/** What every store promises about queues: what is set of them, what they accept, and how they are renamed. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { QueueDrains, QueueError } from "../../src/core/errors.ts";
import { plainQueue } from "../../src/core/queue.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

const empty = { pending: 0, blocked: 0, processing: 0, completed: 0, dead: 0, cancelled: 0 };

export function defineQueues(promise: Promised): void {
  promise("a queue is what was set of it, whether or not it has jobs", async ({ store, clock, another }) => {
    assertEquals(await store.queues(), []);
    assertEquals(await store.queue("video"), null);
    const first = await store.changeQueue("video", {
      state: "paused",
      limit: 2,
      keyLimit: 1,
      rate: { count: 10, perMs: 60_000 },
      throttleMs: 5000,
      defaults: { priority: 7, timeoutMs: 60_000, rules: { waits: [1000, 5000], backoffBase: 3 } },
      webhook: "https://u:p@ci.example/hook",
    });
    const video = {
      name: "video",
      state: "paused" as const,
      limit: 2,
      keyLimit: 1,
      rate: { count: 10, perMs: 60_000 },
      throttledUntil: clock.ms + 5000,
      defaults: { priority: 7, timeoutMs: 60_000, rules: { waits: [1000, 5000], backoffBase: 3 } },
      webhook: "https://u:p@ci.example/hook",
    };
    assertEquals(first, video);
    const report = { queue: video, byState: empty, failed: 0, live: 0, isRegated: false };
    assertEquals(await (await another()).queue("video"), report);
    assertEquals(await store.queues(), [report]);
    // What is not given stays; null takes away.
    const second = await store.changeQueue("video", {
      limit: null,
      throttleMs: 0,
      defaults: { priority: null, maxRetries: 1, rules: { waits: null } },
    });
    assertEquals(second, {
      ...video,
      limit: null,
      throttledUntil: null,
      defaults: { maxRetries: 1, timeoutMs: 60_000, rules: { backoffBase: 3 } },
    });
    assertEquals((await store.queue("video"))!.queue, second);
    assertEquals(
      await store.queueDefaults(["none", "video", "default"]),
      new Map([["video", second.defaults]]),
    );
    const third = await store.changeQueue("video", {
      state: "open",
      rate: null,
      webhook: null,
      defaults: { maxRetries: null, timeoutMs: null, rules: { backoffBase: null } },
    });
    assertEquals(third, { ...plainQueue("video"), keyLimit: 1 });
    assertEquals(await store.queueDefaults(["video"]), new Map());
    await store.changeQueue("audio", { limit: 1 });
    assertEquals((await store.queues()).map(({ queue, isRegated }) => [queue.name, isRegated]), [
      ["audio", true],
      ["video", false],
    ]);
    assertEquals((await store.changeQueue("audio", { limit: null })).limit, null);
    assertEquals((await store.queues()).map(({ queue }) => queue.name), ["video"]);
  });

  promise("a throttle that is over is forgotten, one that lasts stays", async ({ store, clock }) => {
    await store.changeQueue("q", { throttleMs: 5000 });
    clock.advance(4999);
    assertEquals((await store.changeQueue("q", { limit: 1 })).throttledUntil, clock.ms + 1);
    clock.advance(1);
    assertEquals((await store.changeQueue("q", { limit: 1 })).throttledUntil, null);
  });

  promise("a queue's jobs are counted by their states, and what runs", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a"), newJob("b"), newJob("c"), newJob("v", { queue: "video" })]);
    await store.settle(settlement((await claimOne(store, "w"))!, "completed"));
    await store.settle(settlement((await claimOne(store, "w"))!, "failed"));
    await claimOne(store, "w");
    assertEquals(await store.queues(), [
      {
        queue: plainQueue("default"),
        byState: { ...empty, pending: 1, processing: 1, completed: 1 },
        failed: 1,
        live: 1,
        isRegated: true,
      },
      { queue: plainQueue("video"), byState: { ...empty, pending: 1 }, failed: 0, live: 0, isRegated: true },
    ]);
  });

  promise("a queue that drains accepts nothing, and a batch then nothing at all", async ({ store }) => {
    await store.enqueue([newJob("before", { queue: "video" })]);
    await store.changeQueue("video", { state: "draining" });
    const batch = [newJob("x"), newJob("y", { queue: "video" }), newJob("z", { queue: "video" })];
    const error = await assertRejects(() => store.enqueue(batch), QueueDrains, 'queue "video" is draining');
    assertEquals([error.index, error.id, error.kind], [1, "y", "refused"]);
    assert(error.hint?.includes("queue resume video"), error.hint);
    assertEquals(await store.job("x"), null);
    assertEquals((await store.counts()).byState.pending, 1);
    await store.changeQueue("video", { state: "paused" });
    await store.enqueue(batch);
  });

  promise("a job that waits is moved to another queue, and claimed from there", async ({ store }) => {
    await store.registerWorker(newWorker("w", { queues: ["video"] }));
    await store.enqueue([newJob("a", { key: "k" }), newJob("b", { key: "k" })]);
    await store.changeQueue("video", { keyLimit: 1 });
    const { before, after } = (await store.edit("a", { queue: "video" }))!;
    assertEquals([before.queue, after!.queue], ["default", "video"]);
    assertEquals((await store.queue("default"))!.byState.pending, 1);
    assertEquals((await store.queue("video"))!.byState.pending, 1);
    const claim = { workerId: "w", queues: ["video"], limit: 1, newMark: () => "m" };
    const { claimed } = await store.claim(claim);
    assertEquals(claimed!.map(({ job }) => [job.id, job.queue]), [["a", "video"]]);
    await store.changeQueue("old", { state: "draining" });
    const error = await assertRejects(
      () => store.edit("b", { queue: "old" }),
      QueueError,
      'queue "old" is draining',
    );
    assertEquals([error.kind, (await store.job("b"))!.queue], ["refused", "default"]);
    await store.changeQueue("default", { state: "draining" });
    assertEquals((await store.edit("b", { priority: 3 }))!.after!.priority, 3, "it stays where it is");
  });

  promise("nothing comes into a queue once it drains", async ({ store, another }) => {
    const others = [store, await another(), await another()];
    let accepted = 0;
    let count = 0;
    const enqueue = async (each: typeof store) => {
      try {
        for (;;) {
          await each.enqueue([newJob(`j${count++}`)]);
          accepted++;
          // A call into SQLite gives nobody else a turn.
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      } catch (error) {
        assert(error instanceof QueueDrains, String(error));
      }
    };
    const running = others.map(enqueue);
    while (accepted < 30) await new Promise((resolve) => setTimeout(resolve, 1));
    const draining = await another();
    await draining.changeQueue("default", { state: "draining" });
    const seen = (await draining.queue("default"))!.byState.pending;
    await Promise.all(running);
    assertEquals([(await draining.queue("default"))!.byState.pending, accepted], [seen, seen]);
  });

  promise("a renamed queue has all its jobs, settings and what runs", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([
      newJob("done"),
      newJob("again"),
      newJob("dead", { maxRetries: 1 }),
      newJob("runs"),
      newJob("waits"),
      newJob("other", { queue: "other" }),
    ]);
    for (const outcome of ["completed", "failed", "failed"] as const) {
      await store.settle(settlement((await claimOne(store, "w"))!, outcome));
    }
    const running = (await claimOne(store, "w"))!;
    await store.changeQueue("default", { limit: 3, defaults: { priority: 2 } });
    const before = (await store.queue("default"))!;
    await store.changeQueue("once", { limit: 3 });
    await store.changeQueue("once", { limit: null });
    assertEquals(await store.renameQueue("default", "once"), 5);
    assertEquals(await store.queue("default"), null);
    assertEquals(await store.queue("once"), { ...before, queue: { ...before.queue, name: "once" } });
    assertEquals((await store.job("done"))!.queue, "once");
    assertEquals((await store.queue("other"))!.byState.pending, 1);
    assertEquals((await store.settle(settlement(running, "completed")))?.state, "completed");
    assertEquals((await store.queue("once"))!.byState, {
      ...before.byState,
      processing: 0,
      completed: 2,
    });
  });

  promise(
    "what holds a job is counted: those before it, and those of its key",
    async ({ store }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([
        newJob("runs", { key: "ada", priority: 9 }),
        newJob("second", { key: "ada" }),
        newJob("later", { key: "ada", due: { afterMs: 9000 } }),
        newJob("eve", { key: "eve", priority: 1 }),
        newJob("j", { key: "ada" }),
        newJob("video", { queue: "video", key: "ada" }),
      ]);
      await claimOne(store, "w");
      const facts = async (id: string) => await store.gateFacts((await store.job(id))!);
      const none = { parents: [], keyLive: 0, keyAhead: 0, rateFreeAt: null, ahead: 0 };
      assertEquals(await facts("j"), { ...none, keyLive: 1, keyAhead: 1, ahead: 2 });
      assertEquals(await facts("eve"), none);
      assertEquals(await facts("video"), none);
    },
  );

  promise("a worker's row says why it claims nothing", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.registerWorker(newWorker("x"));
    await store.setHeld("w", "its load is 9");
    assertEquals((await store.workers()).map(({ held }) => held), ["its load is 9", null]);
    await store.setHeld("w", null);
    assertEquals((await store.workers()).map(({ held }) => held), [null, null]);
    await store.setHeld("nobody", "x");
  });

  promise("the starts that a rate counts tell when the next one may come", async ({ store, clock }) => {
    const move = { id: "m", phase: "filling", other: "elsewhere" } as const;
    assert(await store.changeMove({ from: null, to: move, lastSeq: 0 }));
    const start = (number: number, agoMs: number) => ({
      queue: "default",
      number,
      started_at: clock.ms - agoMs,
    });
    await store.importRows(move, "starts", [start(1, 9000), start(2, 3000), start(3, 1000)]);
    assert(await store.changeMove({ from: move, to: null, lastSeq: 0 }));
    await store.enqueue([newJob("j")]);
    const freeAt = async (count: number, perMs: number) => {
      await store.changeQueue("default", { rate: { count, perMs } });
      return (await store.gateFacts((await store.job("j"))!)).rateFreeAt;
    };
    // A lower count forgets the starts that it does not need.
    assertEquals(await freeAt(3, 5000), null);
    assertEquals(await freeAt(3, 10_000), clock.ms + 1000);
    assertEquals(await freeAt(2, 5000), clock.ms + 2000);
    assertEquals(await freeAt(1, 5000), clock.ms + 4000);
    assertEquals(await freeAt(1, 1000), null);
  });

  promise("a queue is not renamed to one that is there, nor what is not there", async ({ store }) => {
    await store.enqueue([newJob("a"), newJob("v", { queue: "video" })]);
    await store.changeQueue("set", { limit: 1 });
    const refused = async (from: string, to: string, kind: QueueError["kind"]) => {
      const error = await assertRejects(() => store.renameQueue(from, to), QueueError, "Cannot rename");
      assertEquals(error.kind, kind);
    };
    await refused("default", "video", "refused");
    await refused("default", "set", "refused");
    await refused("default", "default", "refused");
    await refused("nothing", "new", "not_found");
    assertEquals((await store.queues()).map(({ queue }) => queue.name), ["default", "set", "video"]);
    assertEquals(await store.renameQueue("set", "new"), 0);
    assertEquals((await store.queue("new"))!.queue.limit, 1);
  });

  promise("counters stay right while a queue is renamed and worked on", async ({ store, another }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue(Array.from({ length: 60 }, (_, index) => newJob(`j${index}`)));
    const giveWay = () => new Promise((resolve) => setTimeout(resolve, 0));
    const work = async (each: typeof store) => {
      for (let claimed; (claimed = await claimOne(each, "w")) !== null;) {
        await giveWay();
        await each.settle(settlement(claimed, "completed"));
      }
    };
    const rename = async (each: typeof store) => {
      for (let times = 0; times < 4; times++) {
        await each.renameQueue("default", "video");
        await giveWay();
        await each.renameQueue("video", "default");
        await giveWay();
      }
    };
    await Promise.all([work(store), work(await another()), rename(await another())]);
    await work(store);
    assertEquals((await store.queue("default"))!.byState, { ...empty, completed: 60 });
  });
}
