/** What every store promises about what people ask of jobs and of their runs. */

import { assertEquals } from "@std/assert";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

export function defineChanging(promise: Promised): void {
  promise(
    "a job that waits is cancelled at once, one that is over is left alone",
    async ({ store, clock }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([newJob("a"), newJob("later", { due: { afterMs: 5000 } }), newJob("done")]);
      assertEquals(await store.cancel("nobody"), null);
      assertEquals([await store.cancel("a"), await store.cancel("later")], ["pending", "pending"]);
      const job = (await store.job("a"))!;
      assertEquals([job.state, job.reason, job.finishedAt], ["cancelled", "cancelled by request", clock.ms]);
      const done = (await claimOne(store, "w"))!;
      assertEquals(done.job.id, "done");
      await store.settle(settlement(done, "completed"));
      assertEquals([await store.cancel("done"), await store.cancel("a")], ["completed", "cancelled"]);
      assertEquals((await store.job("done"))!.state, "completed");
      clock.ms += 10_000;
      assertEquals(await claimOne(store, "w"), null);
      assertEquals((await store.counts()).byState.cancelled, 2);
      assertEquals(await store.check(), []);
    },
  );

  promise(
    "the holder of a run hears that its job is cancelled, and it does not run again",
    async ({ store }) => {
      await store.registerWorker(newWorker("w"));
      const outcomes = ["cancelled", "failed", "timeout", "handed_back", "crashed", "completed"] as const;
      for (const outcome of outcomes) {
        await store.enqueue([newJob(outcome)]);
        const claimed = (await claimOne(store, "w"))!;
        assertEquals(await store.requests("w"), []);
        assertEquals(await store.cancel(outcome), "processing");
        assertEquals(await store.requests("w"), [{
          run: claimed.run,
          isWatched: false,
          isCancelled: true,
          signals: [],
        }]);
        assertEquals((await store.job(outcome))!.state, "processing");
        const result = await store.settle(settlement(claimed, outcome));
        assertEquals(result?.state, outcome === "completed" ? "completed" : "cancelled");
        const job = (await store.job(outcome))!;
        assertEquals(
          [job.attempts, job.reason],
          {
            cancelled: [0, "cancelled by request"],
            failed: [1, "cancelled by request"],
            timeout: [1, "cancelled by request"],
            handed_back: [0, "cancelled by request"],
            crashed: [0, "cancelled by request"],
            completed: [1, null],
          }[outcome],
          outcome,
        );
        assertEquals((await store.runs(job.seq))[0]!.outcome, outcome);
      }
      assertEquals(await store.check(), []);
    },
  );

  promise(
    "whatever is over is retried from the start, what waits is due at once",
    async ({ store, clock }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([newJob("run")]);
      const claimed = (await claimOne(store, "w"))!;
      const retry = (id: string) => store.retry({ id, from: "any" });
      assertEquals([await retry("nobody"), await retry("run")], [null, "processing"]);
      await store.cancel("run");
      await store.settle(settlement(claimed, "failed"));
      assertEquals(await store.retry({ id: "run", from: "dead" }), "cancelled");
      assertEquals((await store.job("run"))!.state, "cancelled");
      assertEquals(await retry("run"), "cancelled");
      const again = (await claimOne(store, "w"))!;
      assertEquals([again.job.id, again.run.number, again.job.attempts], ["run", 2, 0]);
      // What was asked of the earlier run is not asked of this one.
      assertEquals(await store.requests("w"), []);
      await store.settle(settlement(again, "completed"));
      assertEquals(await retry("run"), "completed");
      assertEquals((await store.job("run"))!.finishedAt, null);
      await store.enqueue([newJob("later", { due: { afterMs: 60_000 } })]);
      assertEquals(await retry("later"), "pending");
      assertEquals((await store.job("later"))!.runAt, clock.ms);
      assertEquals((await store.probe("w", ["default"])).ready, true);
      assertEquals(await store.check(), []);
    },
  );

  promise("a removed job leaves nothing, and one that runs is not removed", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a"), newJob("b")]);
    const claimed = (await claimOne(store, "w"))!;
    assertEquals(await store.remove("nobody"), null);
    assertEquals(await store.remove("a"), {
      state: "processing",
      runs: [],
      inputFile: null,
      awaitedBy: null,
    });
    await store.settle(settlement(claimed, "failed", { stdout: { tail: new Uint8Array([1]), bytes: 1 } }));
    const { seq } = (await store.job("a"))!;
    assertEquals(await store.remove("a"), {
      state: "pending",
      runs: [{ jobSeq: seq, number: 1, mark: "m" }],
      inputFile: null,
      awaitedBy: null,
    });
    assertEquals([await store.job("a"), await store.runs(seq)], [null, []]);
    assertEquals(await store.outputTail(seq, 1, "out"), null);
    assertEquals([(await store.counts()).byState.pending, (await store.counts()).failed], [1, 0]);
    assertEquals((await store.enqueue([newJob("a")])).length, 1);
    assertEquals(await store.check(), []);
  });

  promise("what a run has written so far is published to who watches it", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.registerWorker(newWorker("other"));
    await store.enqueue([newJob("a"), newJob("b")]);
    const claimed = (await claimOne(store, "w"))!;
    await claimOne(store, "w");
    const { run } = claimed;
    assertEquals(await store.requests("w"), []);
    await store.watchRun(run, 5_000);
    assertEquals(await store.requests("w"), [{ run, isWatched: true, isCancelled: false, signals: [] }]);
    assertEquals(await store.requests("other"), []);
    const part = (text: string, bytes: number) => ({ tail: new TextEncoder().encode(text), bytes });
    assertEquals(
      await store.publishOutput({ ...run, token: run.token + 1 }, {
        stdout: part("stale", 5),
        stderr: part("", 0),
      }),
      false,
    );
    assertEquals(await store.outputTail(run.jobSeq, 1, "out"), null);
    assertEquals(await store.publishOutput(run, { stdout: part("one", 100), stderr: part("", 0) }), true);
    assertEquals(await store.outputTail(run.jobSeq, 1, "out"), part("one", 100));
    assertEquals(await store.outputTail(run.jobSeq, 1, "err"), null);
    assertEquals(await store.publishOutput(run, { stdout: part("two", 200), stderr: part("e", 1) }), true);
    assertEquals(await store.outputTail(run.jobSeq, 1, "out"), part("two", 200));
    clock.ms += 5_001;
    assertEquals(await store.requests("w"), []);
    await store.settle(settlement(claimed, "completed", { stdout: part("end", 300), stderr: part("e2", 2) }));
    assertEquals(await store.publishOutput(run, { stdout: part("late", 400), stderr: part("", 0) }), false);
    assertEquals(await store.outputTail(run.jobSeq, 1, "out"), part("end", 300));
    assertEquals(await store.outputTail(run.jobSeq, 1, "err"), part("e2", 2));
  });
}
