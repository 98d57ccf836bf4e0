/**
 * What every store promises, as tests. Each adapter and driver runs all of it:
 *
 *     defineStoreContract("sqlite on node:sqlite", open)
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { DuplicateJob } from "../../src/core/errors.ts";
import type { Store } from "../../src/store/store.ts";
import { FixedClock } from "../support/fixed_clock.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import { defineMoving } from "./move_contract.ts";
import { defineWaiting } from "./wait_contract.ts";
import { defineRules } from "./rules_contract.ts";
import type { Promised, Stage } from "./stage.ts";

export interface StoreUnderTest {
  /** Opens the store of this test, again and again the same one. */
  open(clock: FixedClock): Promise<Store>;
  remove(): Promise<unknown>;
}

export function defineStoreContract(name: string, make: () => Promise<StoreUnderTest>): void {
  const promise = (what: string, body: (stage: Stage) => Promise<void>): void =>
    Deno.test(`${name}: ${what}`, async () => {
      const clock = new FixedClock();
      const subject = await make();
      const opened: Store[] = [];
      const open = async () => {
        const store = await subject.open(clock);
        opened.push(store);
        return store;
      };
      try {
        const store = await open();
        await body({ store, clock, another: open });
        assertEquals(await store.check(), [], "the store's own check");
      } finally {
        for (const store of opened) await store.close();
        await subject.remove();
      }
    });

  defineAccepting(promise);
  defineClaiming(promise);
  defineSettling(promise);
  defineRules(promise);
  defineWorkers(promise);
  defineTakingOver(promise);
  defineMoving(promise);
  defineWaiting(promise);
}

function defineAccepting(promise: Promised): void {
  promise("an accepted job reads back unchanged", async ({ store, clock, another }) => {
    const rules = {
      okCodes: [0, 3],
      snoozeCodes: [75],
      waits: [1000, 5000],
      backoffMaxMs: null,
      backoffJitter: 0.25,
      retryUntil: 9_000_000_000_000,
    };
    const wanted = newJob("a", {
      command: "printf '%s' \"ünïcödé\n\"",
      argv: ["printf", "%s", "ünïcödé\n"],
      cwd: "/some/where",
      env: { A: "1", EMPTY: "" },
      needs: ["gpu", "linux"],
      timeoutMs: 60_000,
      killAfterMs: 0,
      priority: -7,
      maxRetries: 9,
      rules,
      key: "k",
      due: { afterMs: 5000 },
    });
    assertEquals(await store.enqueue([wanted]), [{ id: "a", runAt: clock.ms + 5000 }]);
    const job = (await (await another()).job("a"))!;
    assertEquals(job, {
      seq: job.seq,
      id: "a",
      queue: "default",
      key: "k",
      state: "pending",
      reason: null,
      priority: -7,
      command: wanted.command,
      argv: wanted.argv,
      cwd: "/some/where",
      env: { A: "1", EMPTY: "" },
      needs: ["gpu", "linux"],
      maxRetries: 9,
      timeoutMs: 60_000,
      killAfterMs: 0,
      isCancelRequested: false,
      rules,
      attempts: 0,
      crashes: 0,
      snoozes: 0,
      runCount: 0,
      runAt: clock.ms + 5000,
      createdAt: clock.ms,
      updatedAt: clock.ms,
      startedAt: null,
      finishedAt: null,
      exitCode: null,
      lastError: null,
    });
    assertEquals(await store.job("b"), null);
  });

  promise("a batch with an id that is stored already is stored not at all", async ({ store }) => {
    await store.enqueue([newJob("old", { command: "first" })]);
    const error = await assertRejects(
      () => store.enqueue([newJob("x"), newJob("old", { command: "second" }), newJob("y")]),
      DuplicateJob,
    );
    assertEquals([error.index, error.id], [1, "old"]);
    assertEquals((await store.job("old"))!.command, "first");
    assertEquals(await store.job("x"), null);
    assertEquals((await store.counts()).byState.pending, 1);
  });

  promise("a batch with one id twice is stored not at all", async ({ store }) => {
    const error = await assertRejects(() => store.enqueue([newJob("x"), newJob("x")]), DuplicateJob);
    assertEquals(error.index, 1);
    assertEquals(await store.job("x"), null);
  });

  promise(
    "of many jobs at once, the one whose id is taken is named, and none is stored",
    async ({ store }) => {
      await store.enqueue([newJob("taken")]);
      const many = Array.from({ length: 333 }, (_, index) => newJob(`j${index}`));
      for (
        const [at, id] of [[0, "taken"], [120, "taken"], [332, "taken"], [170, "j20"], [330, "j331"]] as const
      ) {
        const error = await assertRejects(() => store.enqueue(many.with(at, newJob(id))), DuplicateJob);
        assertEquals(error.index, id === "j331" ? 331 : at);
      }
      assertEquals((await store.counts()).byState.pending, 1);
      assertEquals((await store.enqueue(many)).map(({ id }) => id), many.map(({ id }) => id));
      assertEquals(
        (await store.jobs({ order: "oldest", limit: 999 })).map(({ id }) => id).slice(1),
        many.map(({ id }) => id),
      );
      assertEquals((await store.counts()).byState.pending, 334);
    },
  );

  promise("pages go in both orders, by state and view", async ({ store }) => {
    await store.enqueue(["a", "b", "c", "d"].map((id) => newJob(id)));
    await store.registerWorker(newWorker("w"));
    await store.settle(settlement((await claimOne(store, "w"))!, "failed"));
    await claimOne(store, "w");
    const ids = async (page: Parameters<Store["jobs"]>[0]) => (await store.jobs(page)).map((job) => job.id);
    assertEquals(await ids({ order: "newest", limit: 3 }), ["d", "c", "b"]);
    assertEquals(await ids({ order: "oldest", limit: 9 }), ["a", "b", "c", "d"]);
    const second = (await store.job("b"))!.seq;
    assertEquals(await ids({ order: "oldest", after: second, limit: 9 }), ["c", "d"]);
    assertEquals(await ids({ order: "newest", after: second, limit: 9 }), ["a"]);
    assertEquals(await ids({ state: "failed", order: "newest", limit: 9 }), ["a"]);
    assertEquals(await ids({ state: "pending", order: "newest", limit: 9 }), ["d", "c", "a"]);
    assertEquals(await ids({ state: "processing", order: "newest", limit: 9 }), ["b"]);
  });

  promise("counts tell each state, the waiting and the next due time", async ({ store, clock }) => {
    await store.enqueue([
      newJob("now"),
      newJob("late", { due: { at: clock.ms + 9000 } }),
      newJob("soon", { due: { at: clock.ms + 10 } }),
    ]);
    assertEquals(await store.counts(), {
      byState: { pending: 3, blocked: 0, processing: 0, completed: 0, dead: 0, cancelled: 0 },
      failed: 0,
      delayed: 2,
      nextDueAt: clock.ms + 10,
    });
    clock.advance(10);
    const later = await store.counts();
    assertEquals([later.delayed, later.nextDueAt], [1, clock.ms + 8990]);
  });
}

function defineClaiming(promise: Promised): void {
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
    assertEquals(await probe(), { order: null, ready: false, nextDueAt: clock.ms + 1000, now: clock.ms });
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

function defineSettling(promise: Promised): void {
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
    assertEquals(await store.retryAllDead(), 2);
    assertEquals((await store.counts()).byState.pending, 3);
  });
}

function defineWorkers(promise: Promised): void {
  promise("a worker is listed with its heartbeat until it is removed", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w", { supervisorId: "s", concurrency: 4 }));
    clock.advance(10_000);
    assertEquals(await store.renewWorker("w"), { stop: null, schemaChanged: false });
    const [worker] = await store.workers();
    assertEquals([worker!.beat, worker!.heartbeatAt, worker!.startedAt], [1, clock.ms, clock.ms - 10_000]);
    assertEquals([worker!.concurrency, worker!.supervisorId, worker!.stop], [4, "s", null]);
    await store.removeWorker("w");
    assertEquals(await store.workers(), []);
    assertEquals(await store.renewWorker("w"), null);
  });

  promise("an order to stop reaches those who exist, and is never lowered", async ({ store }) => {
    await store.registerSupervisor({ id: "s", pid: 1, startIdentity: "", host: "h" });
    await store.registerWorker(newWorker("w1", { supervisorId: "s" }));
    await store.registerWorker(newWorker("w2", { supervisorId: "t" }));
    assertEquals(await store.requestStop({ mode: "drain", supervisorId: "s" }), ["w1"]);
    assertEquals((await store.supervisors())[0]!.stop, "drain");
    assertEquals((await store.requestStop({ mode: "drain" })).toSorted(), ["w2"]);
    assertEquals(await store.requestStop({ mode: "drain" }), []);
    assertEquals((await store.requestStop({ mode: "force" })).toSorted(), ["w1", "w2"]);
    assertEquals(await store.requestStop({ mode: "drain" }), []);
    assertEquals((await store.renewWorker("w1"))!.stop, "force");
    await store.registerWorker(newWorker("w3"));
    assertEquals((await store.renewWorker("w3"))!.stop, null);
    await store.registerWorker(newWorker("w4", { supervisorId: "s" }));
    assertEquals((await store.renewWorker("w4"))!.stop, "force", "a late worker of a stopped supervisor");
  });

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
        assertEquals(await store.requests("w"), [{ run: claimed.run, isWatched: false, isCancelled: true }]);
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
    assertEquals(await store.remove("a"), { state: "processing", runs: [] });
    await store.settle(settlement(claimed, "failed", { stdout: { tail: new Uint8Array([1]), bytes: 1 } }));
    const { seq } = (await store.job("a"))!;
    assertEquals(await store.remove("a"), {
      state: "pending",
      runs: [{ jobSeq: seq, number: 1, mark: "m" }],
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
    assertEquals(await store.requests("w"), [{ run, isWatched: true, isCancelled: false }]);
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

  promise("an order to stop can be for the hosts of one name", async ({ store }) => {
    const on = (name: string) => ({ hostName: name, host: `${name}|m|b|p` });
    for (const name of ["a", "a2", "b"]) {
      await store.registerSupervisor({ id: `s-${name}`, pid: 1, startIdentity: "", host: on(name).host });
      await store.registerWorker(newWorker(name, { ...on(name), supervisorId: `s-${name}` }));
    }
    assertEquals(await store.requestStop({ mode: "drain", hostName: "a" }), ["a"]);
    const stopped = (await store.supervisors()).filter((each) => each.stop !== null).map((each) => each.id);
    assertEquals(stopped, ["s-a"]);
    assertEquals(await store.requestStop({ mode: "drain", hostName: "nowhere" }), []);
    assertEquals(await store.requestStop({ mode: "drain" }), ["a2", "b"]);
  });

  promise("who registers again, since the answer was lost, is there once", async ({ store }) => {
    const supervisor = { id: "s", pid: 1, startIdentity: "", host: "h" };
    for (let tries = 0; tries < 2; tries++) {
      await store.registerSupervisor(supervisor);
      await store.registerWorker(newWorker("w", { supervisorId: "s" }));
      await store.requestStop({ mode: "drain" });
    }
    assertEquals((await store.workers()).map(({ id, stop }) => [id, stop]), [["w", "drain"]]);
    assertEquals((await store.supervisors()).map(({ id, stop }) => [id, stop]), [["s", "drain"]]);
  });

  promise("a supervisor's trouble is kept until it goes", async ({ store }) => {
    await store.registerSupervisor({ id: "s", pid: 1, startIdentity: "", host: "h" });
    await store.reportTrouble("s", "no more memory");
    assertEquals((await store.supervisors())[0]!.trouble, "no more memory");
    await store.removeSupervisor("s");
    assertEquals(await store.supervisors(), []);
  });
}

function defineTakingOver(promise: Promised): void {
  promise("a worker expires only under the heartbeat that was seen", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.renewWorker("w");
    assertEquals(await store.expireWorker("w", 0), false);
    assertEquals(await store.expireWorker("w", 1), true);
    assertEquals(await store.expireWorker("w", 1), false);
  });

  promise("an orphaned run is taken over once, under a higher token", async ({ store }) => {
    await store.registerWorker(newWorker("gone"));
    await store.registerWorker(newWorker("w1"));
    await store.registerWorker(newWorker("w2"));
    await store.enqueue([newJob("a")]);
    const claimed = (await claimOne(store, "gone"))!;
    assertEquals(await store.takeOver(claimed.run, "w1"), null, "its holder is still registered");
    await store.expireWorker("gone", null);
    const [orphan] = await store.orphans("w");
    assertEquals([orphan!.job.id, orphan!.run.mark, orphan!.holder], ["a", "m", null]);
    assertEquals(await store.takeOver(claimed.run, "stranger"), null);
    const results = await Promise.all([store.takeOver(claimed.run, "w1"), store.takeOver(claimed.run, "w2")]);
    const won = results.filter((result) => result !== null);
    assertEquals(won.map((run) => run.token), [claimed.run.token + 1]);
    assertEquals(await store.settle(settlement(claimed, "completed")), null);
    assertEquals(await store.orphans("w"), []);
    const held = (await store.heldRun(claimed.job.seq))!;
    assertEquals([held.run.token, held.run.number], [claimed.run.token + 1, 1]);
    const adopter = (await store.workers()).find((worker) => worker.id === held.run.adoptedBy)!;
    assertEquals([held.run.workerId, adopter.jobs, adopter.adopted], ["gone", ["a"], ["a"]]);
    const result = await store.settle({ ...settlement(claimed, "crashed"), run: won[0]! });
    assertEquals(result?.state, "pending");
  });

  promise("a run whose claim was never heard of is its worker's to take over", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.registerWorker(newWorker("other"));
    await store.enqueue([newJob("a")]);
    const claimed = (await claimOne(store, "w"))!;
    assertEquals((await store.orphans("w")).map(({ job, holder }) => [job.id, holder?.id]), [["a", "w"]]);
    assertEquals(await store.orphans("other"), []);
    assertEquals(await store.takeOver(claimed.run, "other"), null);
    assertEquals((await store.takeOver(claimed.run, "w"))!.token, claimed.run.token + 1);
    assertEquals(await store.settle(settlement(claimed, "completed")), null);
  });

  promise("workers that detach say how long others must wait, until someone adopts", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.registerWorker(newWorker("idle"));
    await store.enqueue([newJob("a")]);
    const claimed = (await claimOne(store, "w"))!;
    const changed = await store.requestStop({ mode: "detach", detachMs: 60_000 });
    assertEquals(changed.toSorted(), ["idle", "w"]);
    assertEquals(await store.requestStop({ mode: "drain" }), []);
    assertEquals((await store.renewWorker("w"))!.stop, "detach");
    assertEquals(await store.claim({ workerId: "idle", queues: ["default"], limit: 1, newMark: () => "m" }), {
      claimed: null,
    });
    const { run } = (await store.heldRun(claimed.job.seq))!;
    assertEquals(run.detachedMs, 60_000);
    await store.removeWorker("w");
    await store.registerWorker(newWorker("next"));
    await store.takeOver(claimed.run, "next");
    assertEquals((await store.heldRun(claimed.job.seq))!.run.detachedMs, null);
    assertEquals(await store.requestStop({ mode: "force" }), ["idle", "next"]);
  });
}
