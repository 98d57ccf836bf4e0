/** What every store promises about the ends of runs, and what becomes of their jobs. */

import { assert, assertEquals } from "@std/assert";
import { retryAllDead } from "../support/retry_all_dead.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

export function defineSettling(promise: Promised): void {
  promise(
    "a completed job is final, with its exit code, its end and its output",
    async ({ store, clock }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([newJob("a")]);
      const claimed = (await claimOne(store, "w"))!;
      clock.advance(70);
      const out = { tail: Uint8Array.of(0, 255, 10), bytes: 70_000 };
      const result = await store.settle(settlement(claimed, "completed", { stdout: out }));
      assertEquals(result?.state, "completed");
      const job = (await store.job("a"))!;
      assertEquals([job.state, job.exitCode, job.attempts, job.finishedAt], ["completed", 0, 1, clock.ms]);
      const [run] = await store.runs(job.seq);
      assertEquals([run!.outcome, run!.exitCode, run!.pid, run!.startIdentity], ["completed", 0, 1234, "99"]);
      assertEquals([run!.stdoutBytes, run!.stderrBytes, run!.finishedAt], [70_000, 0, clock.ms]);
      assertEquals(await store.outputTail(job.seq, 1, "out"), out);
      assertEquals(await store.outputTail(job.seq, 1, "err"), null);
      assertEquals((await store.workers())[0]!.jobs, []);
    },
  );

  promise("failures wait 2 s, then 4 s, and the third is dead", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a")]);
    const failOnce = async () => {
      const claimed = (await claimOne(store, "w"))!;
      await store.settle(settlement(claimed, "failed", { exitCode: 7, error: "exit code 7" }));
      return (await store.job("a"))!;
    };
    const first = await failOnce();
    assertEquals([first.state, first.attempts, first.runAt], ["pending", 1, clock.ms + 2000]);
    assertEquals([first.exitCode, first.lastError], [7, "exit code 7"]);
    const waiting = await store.counts();
    assertEquals([waiting.byState.pending, waiting.failed, waiting.delayed], [1, 1, 1]);
    clock.advance(2000);
    const second = await failOnce();
    assertEquals([second.state, second.attempts, second.runAt], ["pending", 2, clock.ms + 4000]);
    clock.advance(4000);
    const third = await failOnce();
    assertEquals([third.state, third.attempts, third.finishedAt], ["dead", 3, clock.ms]);
    assertEquals(third.reason, "failed 3 of 3 attempts");
    assertEquals((await store.runs(third.seq)).map((run) => run.outcome), ["failed", "failed", "failed"]);
    const counts = await store.counts();
    assertEquals([counts.byState.dead, counts.failed], [1, 0]);
  });

  promise("settlements and claims at once are each answered for themselves", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue(Array.from({ length: 60 }, (_, index) => newJob(`j${index}`)));
    const claim = { workerId: "w", queues: ["default"], limit: 1, newMark: () => crypto.randomUUID() };
    const first = (await Promise.all(Array.from({ length: 40 }, () => store.claim(claim))))
      .map(({ claimed }) => claimed![0]!);
    assertEquals(new Set(first.map(({ job }) => job.id)).size, 40);
    const stale = { ...first[0]!, run: { ...first[0]!.run, token: 99 } };
    const outcomes = ["completed", "failed", "handed_back"] as const;
    const settled = await Promise.all(
      [stale, ...first].map((claimed, index) =>
        store.settle({ ...settlement(claimed, outcomes[index % 3]!), next: index % 2 === 0 ? claim : null })
      ),
    );
    assertEquals(settled[0], null);
    const states = ["completed", "pending", "pending"];
    assertEquals(settled.slice(1).map((result) => result!.state), first.map((_, i) => states[(i + 1) % 3]));
    const next = settled.flatMap((result) => result?.claimed ?? []);
    assertEquals(next.length, 20);
    assertEquals(new Set(next.map(({ job, run }) => `${job.id} ${run.number}`)).size, 20);
    for (const { job, run, mark } of next) {
      const runs = await store.runs(job.seq);
      assertEquals([runs.at(-1)!.number, runs.at(-1)!.mark, job.state], [run.number, mark, "processing"]);
    }
    assertEquals(await store.check(), []);
  });

  promise("a settlement that cannot be stored does not keep others", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue(Array.from({ length: 6 }, (_, index) => newJob(`j${index}`)));
    const { claimed } = await store.claim({
      workerId: "w",
      queues: ["default"],
      limit: 6,
      newMark: () => "m",
    });
    const results = await Promise.allSettled(claimed!.map((one, index) => {
      const pid = index === 3 ? Number.NaN : 1;
      return store.settle(settlement(one, "completed", { pid }));
    }));
    // SQLite takes what is no number as null; a server refuses it.
    const others = results.filter((_, index) => index !== 3);
    assertEquals(others.map(({ status }) => status), Array(5).fill("fulfilled"));
    assertEquals((await store.counts()).byState.completed, results[3]!.status === "rejected" ? 5 : 6);
    assertEquals(await store.check(), []);
  });

  promise("a stale token changes nothing", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a")]);
    const first = (await claimOne(store, "w"))!;
    await store.settle(settlement(first, "handed_back"));
    const second = (await claimOne(store, "w"))!;
    assertEquals([second.run.number, second.run.token > first.run.token], [2, true]);
    assertEquals(await store.settle(settlement(first, "completed")), null);
    assertEquals(await store.recordIntent(first.run, "timeout"), false);
    assertEquals((await store.job("a"))!.state, "processing");
    assertEquals((await store.settle(settlement(second, "completed")))?.state, "completed");
    assertEquals(await store.settle(settlement(second, "failed")), null);
    assertEquals((await store.job("a"))!.state, "completed");
  });

  promise("a settlement claims the next job with it, unless it came late", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a"), newJob("b"), newJob("c")]);
    const next = { workerId: "w", queues: ["default"], limit: 1, newMark: () => "next" };
    const first = (await claimOne(store, "w"))!;
    const settled = await store.settle({ ...settlement(first, "completed"), next });
    assertEquals(settled!.state, "completed");
    assertEquals(settled!.claimed.map(({ job, mark }) => [job.id, mark]), [["b", "next"]]);
    assertEquals((await store.workers())[0]!.jobs, ["b"]);
    assertEquals(await store.settle({ ...settlement(first, "completed"), next }), null);
    assertEquals((await store.job("c"))!.state, "pending");
    await store.requestStop({ mode: "drain" });
    const last = await store.settle({ ...settlement(settled!.claimed[0]!, "completed"), next });
    assertEquals(
      [last!.state, last!.claimed],
      ["completed", []],
      "a worker that is told to stop gets nothing",
    );
  });

  promise("a job that is handed back is due at once and charged nothing", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a")]);
    await store.settle(settlement((await claimOne(store, "w"))!, "handed_back"));
    const job = (await store.job("a"))!;
    assertEquals([job.state, job.attempts, job.crashes, job.runAt], ["pending", 0, 0, clock.ms]);
    assertEquals((await claimOne(store, "w"))!.run.number, 2);
  });

  promise("three crashes in a row are dead, a settled run in between forgives", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a", { maxRetries: 9 })]);
    const end = async (outcome: "crashed" | "failed") => {
      await store.settle(settlement((await claimOne(store, "w"))!, outcome));
      clock.advance(1_000_000);
      return (await store.job("a"))!;
    };
    await end("crashed");
    assertEquals((await end("crashed")).crashes, 2);
    assertEquals((await end("failed")).crashes, 0);
    await end("crashed");
    await end("crashed");
    const job = await end("crashed");
    assertEquals([job.state, job.attempts, job.crashes], ["dead", 1, 3]);
    assert(job.reason!.includes("crashed 3 times"));
  });

  promise("an intent is kept with its run", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a")]);
    const claimed = (await claimOne(store, "w"))!;
    assertEquals(await store.recordIntent(claimed.run, "hand_back"), true);
    const held = (await store.heldRun(claimed.job.seq))!;
    assertEquals([held.run.intent, held.holder?.id], ["hand_back", "w"]);
  });

  promise("only dead jobs are retried; attempts start anew, history stays", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a", { maxRetries: 1 }), newJob("b")]);
    await store.settle(settlement((await claimOne(store, "w"))!, "failed"));
    clock.advance(50);
    assertEquals(await store.retry({ id: "nobody", from: "dead" }), null);
    assertEquals(await store.retry({ id: "b", from: "dead" }), "pending");
    assertEquals(await store.retry({ id: "a", from: "dead" }), "dead");
    const job = (await store.job("a"))!;
    assertEquals([job.state, job.attempts, job.runAt, job.reason], ["pending", 0, clock.ms, null]);
    assertEquals((await store.runs(job.seq)).length, 1);
    assertEquals((await claimOne(store, "w"))!.job.id, "b");
    assertEquals((await claimOne(store, "w"))!.run.number, 2);
  });

  promise("all dead jobs are retried at once", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue(["a", "b", "c"].map((id) => newJob(id, { maxRetries: 0 })));
    for (let i = 0; i < 2; i++) await store.settle(settlement((await claimOne(store, "w"))!, "failed"));
    assertEquals(await retryAllDead(store), 2);
    assertEquals((await store.counts()).byState.pending, 3);
  });
}
