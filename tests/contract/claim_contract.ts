/** What every store promises about claiming jobs. */

import { assert, assertEquals } from "@std/assert";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

export function defineClaiming(promise: Promised): void {
  promise("claims go by priority, then due time, then arrival", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([
      newJob("second arrival", { due: { at: clock.ms - 5 } }),
      newJob("later due", { due: { at: clock.ms - 1 } }),
      newJob("earlier due", { due: { at: clock.ms - 9 } }),
      newJob("third arrival", { due: { at: clock.ms - 5 } }),
      newJob("high", { priority: 1 }),
      newJob("highest", { priority: 1000 }),
      newJob("low", { priority: -1000, due: { at: 0 } }),
    ]);
    const order = [];
    for (let claimed; (claimed = await claimOne(store, "w")) !== null;) order.push(claimed.job.id);
    assertEquals(order, [
      "highest",
      "high",
      "earlier due",
      "second arrival",
      "third arrival",
      "later due",
      "low",
    ]);
  });

  promise("a delayed job is claimed when it is due, not before", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a", { due: { afterMs: 1000 }, priority: 5 })]);
    const probe = () => store.probe("w", ["default"]);
    assertEquals(await probe(), {
      order: null,
      ready: false,
      nextDueAt: clock.ms + 1000,
      nextExpiryAt: null,
      hasEnds: false,
      hasDeliveries: false,
      now: clock.ms,
    });
    assertEquals((await probe()).ready, false);
    clock.advance(999);
    assertEquals(await claimOne(store, "w"), null);
    clock.advance(1);
    assertEquals((await probe()).ready, true);
    assertEquals((await claimOne(store, "w"))!.job.id, "a");
  });

  promise("a claim hands out a run, a token and a processing job", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a")]);
    clock.advance(5);
    const claimed = (await claimOne(store, "w"))!;
    assertEquals([claimed.run.number, claimed.run.token, claimed.mark], [1, 1, "m"]);
    assertEquals([claimed.job.state, claimed.job.startedAt], ["processing", clock.ms]);
    assertEquals(await store.job("a"), claimed.job);
    const [run] = await store.runs(claimed.job.seq);
    assertEquals([run!.number, run!.workerId, run!.host, run!.outcome], [1, "w", "here|m|b|p", null]);
    assertEquals((await store.workers())[0]!.jobs, ["a"]);
  });

  promise("one claim hands out several, up to the limit", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue(["a", "b", "c"].map((id) => newJob(id)));
    const claim = (limit: number) =>
      store.claim({ workerId: "w", queues: ["default"], limit, newMark: () => "m" });
    assertEquals((await claim(2)).claimed!.map((each) => each.job.id), ["a", "b"]);
    assertEquals((await claim(2)).claimed!.map((each) => each.job.id), ["c"]);
    assertEquals((await claim(2)).claimed, []);
  });

  promise("only the queues asked for are claimed from, in their order", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([
      newJob("a", { queue: "one" }),
      newJob("b", { queue: "two" }),
      newJob("c", { queue: "three" }),
    ]);
    const result = await store.claim({ workerId: "w", queues: ["two", "one"], limit: 9, newMark: () => "m" });
    assertEquals(result.claimed!.map((each) => each.job.id), ["b", "a"]);
  });

  promise(
    "a worker is handed only jobs whose needs its tags meet, the best of all kinds first",
    async ({ store }) => {
      await store.registerWorker(newWorker("plain"));
      await store.registerWorker(newWorker("gpu", { tags: ["gpu", "linux"] }));
      await store.enqueue([
        newJob("low", { priority: -1 }),
        newJob("both", { needs: ["gpu", "linux"] }),
        newJob("other", { needs: ["gpu", "windows"], priority: 9 }),
        newJob("gpu", { needs: ["gpu"], priority: 1 }),
        newJob("any"),
      ]);
      const claim = async (workerId: string, limit: number) =>
        (await store.claim({ workerId, queues: ["default"], limit, newMark: () => "m" })).claimed!
          .map((each) => each.job.id).toSorted();
      assertEquals(await claim("gpu", 1), ["gpu"]);
      assertEquals(await claim("gpu", 2), ["any", "both"]);
      assertEquals(await claim("plain", 9), ["low"]);
      const ready = async (workerId: string) => (await store.probe(workerId, ["default"])).ready;
      // What is left needs tags that neither offers.
      assertEquals([await ready("plain"), await ready("gpu")], [false, false]);
      assertEquals([await claim("plain", 9), await claim("gpu", 9)], [[], []]);
      await store.enqueue([newJob("late", { needs: ["linux"] })]);
      assertEquals([await ready("plain"), await ready("gpu")], [false, true]);
      await store.registerWorker(newWorker("windows", { tags: ["cpu", "gpu", "windows"] }));
      assertEquals(await claim("windows", 9), ["other"]);
    },
  );

  promise("many claimers of one store never share a job", async ({ store, another }) => {
    const ids = Array.from({ length: 60 }, (_, i) => `job${i}`);
    await store.enqueue(ids.map((id) => newJob(id)));
    const taken: string[] = [];
    await Promise.all(["w1", "w2", "w3", "w4"].map(async (worker) => {
      const own = await another();
      await own.registerWorker(newWorker(worker));
      for (let claimed; (claimed = await claimOne(own, worker)) !== null;) {
        taken.push(claimed.job.id);
        await own.settle(settlement(claimed, "completed"));
      }
    }));
    assertEquals(taken.toSorted(), ids.toSorted());
  });

  promise("many tagged claimers never share a job, and leave none", async ({ store, another }) => {
    const kinds = [[], ["a"], ["b"], ["a", "b"]];
    const ids = Array.from({ length: 60 }, (_, i) => `job${i}`);
    await store.enqueue(ids.map((id, i) => newJob(id, { needs: kinds[i % kinds.length]! })));
    const taken: string[] = [];
    await Promise.all([[], ["a"], ["b"], ["a", "b"]].map(async (tags, index) => {
      const own = await another();
      await own.registerWorker(newWorker(`w${index}`, { tags }));
      const claim = () =>
        own.claim({ workerId: `w${index}`, queues: ["default"], limit: 3, newMark: () => "m" });
      while ((await own.probe(`w${index}`, ["default"])).ready) {
        for (const claimed of (await claim()).claimed!) {
          assert(claimed.job.needs.every((tag) => tags.includes(tag)));
          taken.push(claimed.job.id);
          await own.settle(settlement(claimed, "completed"));
        }
      }
    }));
    assertEquals(taken.toSorted(), ids.toSorted());
  });

  promise("who is not registered, or is told to stop, claims nothing", async ({ store }) => {
    await store.enqueue([newJob("a")]);
    const claim = () => store.claim({ workerId: "w", queues: ["default"], limit: 1, newMark: () => "m" });
    assertEquals((await claim()).claimed, null);
    assertEquals((await store.probe("w", ["default"])).order, "unknown");
    await store.registerWorker(newWorker("w"));
    assertEquals((await store.probe("w", ["default"])).order, null);
    await store.requestStop({ mode: "drain" });
    assertEquals((await store.probe("w", ["default"])).order, "drain");
    assertEquals((await claim()).claimed, null);
    assertEquals((await store.job("a"))!.state, "pending");
  });

  promise("thousands of due jobs are made ready bit by bit, all of them", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    const due = { afterMs: 1 };
    await store.enqueue(Array.from({ length: 1201 }, (_, i) => newJob(`j${i}`, { due })));
    clock.advance(1);
    let count = 0;
    for (
      let batch;
      (batch = await store.claim({ workerId: "w", queues: ["default"], limit: 400, newMark: () => "m" }));
    ) {
      if (batch.claimed!.length === 0) break;
      count += batch.claimed!.length;
    }
    assertEquals(count, 1201);
  });
}
