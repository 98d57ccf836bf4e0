/** What every store promises about limits of keys. */

import { assert, assertEquals } from "@std/assert";
import { regateAll, take, takeRuns } from "../support/claiming.ts";
import { newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

export function defineKeyLimits(promise: Promised): void {
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
