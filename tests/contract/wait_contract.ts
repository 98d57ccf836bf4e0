/** What every store promises to those who wait for jobs to end. */

import { assert, assertEquals } from "@std/assert";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import { waitFor } from "../support/program.ts";
import type { Promised } from "./stage.ts";

export function defineWaiting(promise: Promised): void {
  promise("jobs are found by their ids, in the order asked for", async ({ store }) => {
    await store.enqueue([newJob("a"), newJob("b", { command: "b" }), newJob("c")]);
    const found = await store.jobsOf(["c", "none", "a", "c"]);
    assertEquals(found.map((job) => job?.id ?? null), ["c", null, "a", "c"]);
    assertEquals((await store.jobsOf(["b"]))[0], await store.job("b"));
    assertEquals(await store.jobsOf([]), []);
  });

  promise(
    "who watches a job is called when it ends, once, and of no other job",
    async ({ store, another }) => {
      // Of a store in a file the home's wake folder tells.
      if (!store.info.isShared) return;
      const elsewhere = await another();
      let calls = 0;
      await elsewhere.onEnd(() => calls++);
      await store.registerWorker(newWorker("w"));
      await store.enqueue([newJob("other"), newJob("twice", { maxRetries: 2 }), newJob("last")]);
      const seqOf = async (id: string) => (await elsewhere.job(id))!.seq;
      const endNext = async (outcome: "completed" | "failed") => {
        const claimed = (await claimOne(store, "w"))!;
        await store.settle({
          ...settlement(claimed, outcome),
          backoff: { waits: "fixed" as const, base: 0, maxMs: null, jitter: 0 },
        });
        return claimed.job.id;
      };
      await elsewhere.watchEnds([await seqOf("twice")]);
      await elsewhere.watchEnds([await seqOf("twice")]);
      assertEquals(await endNext("completed"), "other");
      // It is tried again, so it has not ended.
      assertEquals(await endNext("failed"), "twice");
      assertEquals(await endNext("failed"), "twice");
      assertEquals(await endNext("completed"), "last");
      await waitFor("the call", () => Promise.resolve(calls > 0));
      assertEquals((await store.job("twice"))!.state, "dead");
      assertEquals(calls, 1);
      // Watching what has ended already leaves nothing behind that would be called for later.
      await elsewhere.watchEnds([await seqOf("twice")]);
      await store.retry({ id: "twice", from: "dead" });
      assertEquals(await endNext("completed"), "twice");
      await store.enqueue([newJob("fence")]);
      await elsewhere.watchEnds([await seqOf("fence")]);
      assertEquals(await endNext("completed"), "fence");
      await waitFor("the call of the fence", () => Promise.resolve(calls > 1));
      assertEquals(calls, 2);
    },
  );

  promise("watching a job does not keep a worker from claiming it", async ({ store, another }) => {
    const elsewhere = await another();
    await store.registerWorker(newWorker("w"));
    for (let round = 0; round < 20; round++) {
      const id = `j${round}`;
      await store.enqueue([newJob(id)]);
      const { seq } = (await store.job(id))!;
      const [, claimed] = await Promise.all([elsewhere.watchEnds([seq]), claimOne(store, "w")]);
      assert(claimed !== null, `${id} was passed over`);
    }
  });
}
