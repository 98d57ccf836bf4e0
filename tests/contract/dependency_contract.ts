/** What every store promises about jobs that wait for others. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { DependencyCycle, QueueError, UnknownParent } from "../../src/core/errors.ts";
import type { NewJob, UniqueRule } from "../../src/core/job.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import { after, end, passAll, plain, states } from "../support/waiting_jobs.ts";
import type { Promised } from "./stage.ts";

export function defineDependencies(promise: Promised): void {
  defineLinking(promise);
  definePassing(promise);
  defineKeysInVain(promise);
  defineKeptParents(promise);
}

function defineLinking(promise: Promised): void {
  promise("a job that waits for others is blocked, and says how many they are", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    const accepted = await store.enqueue([after("c", "a", ["b", "ended"]), plain("a"), plain("b")]);
    assertEquals(accepted.map(({ state }) => state), ["blocked", "pending", "pending"]);
    const job = (await store.job("c"))!;
    assertEquals([job.state, job.openParents, job.brokenBy], ["blocked", 2, null]);
    assertEquals((await store.counts()).byState, {
      pending: 2,
      blocked: 1,
      processing: 0,
      completed: 0,
      dead: 0,
      cancelled: 0,
    });
    assertEquals((await store.jobs({ state: "blocked", order: "newest", limit: 9 })).map(({ id }) => id), [
      "c",
    ]);
    const links = await store.links({ jobSeqs: [job.seq], to: "parents", limit: 9 });
    assertEquals(links.map(({ parent, awaits, state }) => [parent.id, awaits, state]), [
      ["a", "completed", "open"],
      ["b", "ended", "open"],
    ]);
    const a = (await store.job("a"))!;
    const below = await store.links({ jobSeqs: [a.seq], to: "children", limit: 1 });
    assertEquals(below.map(({ child }) => [child.id, child.state]), [["c", "blocked"]]);
    assertEquals([await end(store), await states(store, "a b c")], ["a", "cpb"]);
    assertEquals([await end(store, "failed"), await states(store, "a b c")], ["b", "cdp"]);
    assertEquals([await end(store), await claimOne(store, "w")], ["c", null]);
  });

  promise("parents that have ended already count at once", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([plain("good"), plain("bad")]);
    await end(store);
    await end(store, "failed");
    const accepted = await store.enqueue([
      after("y", "x"),
      after("z", ["y", "ended"]),
      after("m", "good", ["bad", "ended"]),
      after("f", ["bad", "dead"]),
      after("x", "bad"),
      after("g", ["good", "dead"]),
    ]);
    assertEquals(accepted.map(({ state }) => state), [
      "cancelled",
      "pending",
      "pending",
      "pending",
      "cancelled",
      "cancelled",
    ]);
    const [x, y] = await store.jobsOf(["x", "y"]);
    assertEquals(x!.reason, "job bad, which it waited for, is dead");
    assertEquals([y!.reason, y!.brokenBy], ["job x, which it waited for, was cancelled", x!.seq]);
    assert(y!.finishedAt !== null);
    assertEquals((await store.counts()).byState.cancelled, 3);
  });

  promise("unknown parents and cycles are refused, and nothing of the batch is stored", async ({ store }) => {
    await store.enqueue([plain("old")]);
    const unknown = await assertRejects(
      () => store.enqueue([plain("a"), after("b", "old", "nobody")]),
      UnknownParent,
    );
    assertEquals([unknown.index, unknown.id, unknown.kind], [1, "b", "not_found"]);
    const cycle = await assertRejects(
      () => store.enqueue([plain("x"), after("a", "c"), after("b", "a", "old"), after("c", "b")]),
      DependencyCycle,
    );
    assertEquals([cycle.index, cycle.kind], [1, "usage"]);
    assert(cycle.message.includes("a → c → b → a"), cycle.message);
    await assertRejects(() => store.enqueue([after("s", "s")]), DependencyCycle);
    assertEquals((await store.jobs({ order: "oldest", limit: 9 })).map(({ id }) => id), ["old"]);
    assertEquals((await store.counts()).byState.pending, 1);
  });
}

function defineKeysInVain(promise: Promised): void {
  promise("a job that waits in vain from the start takes no unique key", async ({ store }) => {
    const unique = (key: string, onConflict: UniqueRule["onConflict"] = "reject") => ({
      unique: { key, forMs: null, onConflict },
    });
    const vain = (id: string, parent: string, rule: ReturnType<typeof unique>) => ({
      ...after(id, parent),
      ...rule,
    });
    await store.registerWorker(newWorker("w"));
    await store.enqueue([plain("bad")]);
    await end(store, "failed");
    await store.enqueue([vain("a", "bad", unique("k1")), newJob("b", unique("k2"))]);
    // One that gives way to what waits for it: neither is left.
    await store.enqueue([vain("c", "b", unique("k2", "replace"))]);
    await passAll(store);
    assertEquals(await states(store, "bad a b c"), "dxxx");
    assertEquals(await store.check(), []);
    const accepted = await store.enqueue([newJob("d", unique("k1")), newJob("e", unique("k2"))]);
    assertEquals(accepted.map(({ state, conflict }) => [state, conflict]), [["pending", null], [
      "pending",
      null,
    ]]);
  });
}

function defineKeptParents(promise: Promised): void {
  promise(
    "what waits for a job that is not added, since another one has its key, is told which one",
    async ({ store }) => {
      const unique: UniqueRule = { key: "k", forMs: null, onConflict: "keep" };
      const refused = (...jobs: NewJob[]) =>
        assertRejects(
          () => store.enqueue(jobs),
          UnknownParent,
          'was not added, since job "a" has its unique key',
        );
      await refused(newJob("a", { unique }), newJob("b", { unique }), after("c", "b"));
      assertEquals(await store.job("a"), null);
      await store.enqueue([newJob("a", { unique })]);
      const error = await refused(newJob("b", { unique }), after("c", "b"));
      assertEquals([error.index, error.hint], [1, "Let it wait for that job: a"]);
    },
  );
}

function definePassing(promise: Promised): void {
  promise("the end of a job goes down the graph, and its waiters are called", async ({ store, another }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([
      plain("a"),
      after("b", "a"),
      after("c", "b"),
      after("d", ["c", "ended"]),
      after("e", ["b", "dead"]),
      after("f", "c", "other"),
      plain("other"),
    ]);
    const listener = await another();
    let rings = 0;
    await listener.onEnd(() => rings++);
    const seqs = (await store.jobsOf(["c", "f"])).map((job) => job!.seq);
    await listener.watchEnds(seqs);
    await end(store, "failed");
    assertEquals(await states(store, "a b c d e f other"), "dxxpxxp");
    const f = (await store.job("f"))!;
    assertEquals([f.reason, f.openParents], ["job c, which it waited for, was cancelled", 1]);
    // A file has no listeners: its home's folder tells.
    if (store.info.isShared) {
      for (let i = 0; rings === 0 && i < 200; i++) await new Promise((resolve) => setTimeout(resolve, 10));
      assert(rings > 0, "nobody was called");
    }
    assertEquals(await store.passOnEnds(), { opened: 0, ended: 0, revived: 0, hasMore: false });
    assertEquals((await store.probe("w", ["default"])).hasEnds, true, "its death is for the hook");
    assertEquals(await store.passOnDeaths(null), 1);
    assertEquals((await store.probe("w", ["default"])).hasEnds, false);
  });

  promise(
    "every way to end is passed on: cancelled, by filter, while it runs, expired",
    async ({ store, clock }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([
        newJob("first", { priority: 9 }),
        plain("one"),
        newJob("many", { label: "l" }),
        newJob("late", { expires: { afterMs: 1000 } }),
        ...["first", "one", "many", "late"].map((id) => after(`after-${id}`, id)),
        ...["first", "one", "many", "late"].map((id) => after(`any-${id}`, [id, "ended"])),
      ]);
      const claimed = (await claimOne(store, "w"))!;
      await store.cancel("first");
      await store.settle(settlement(claimed, "cancelled"));
      await store.cancel("one");
      await store.cancelMany({ label: "l" }, { after: 0, through: 99 });
      clock.advance(1000);
      await store.expireDue();
      await passAll(store);
      assertEquals(await states(store, "first one many late"), "xxxx");
      assertEquals(await states(store, "after-first after-one after-many after-late"), "xxxx");
      assertEquals(await states(store, "any-first any-one any-many any-late"), "pppp");
    },
  );

  promise(
    "a job that was opened is due at its own time, and a blocked one may expire",
    async ({ store, clock }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([
        plain("a"),
        { ...after("later", "a"), due: { afterMs: 5000 } },
        { ...after("gone", "a"), expires: { afterMs: 1000 } },
        after("child", ["gone", "ended"], "a"),
      ]);
      clock.advance(1000);
      assertEquals(await store.expireDue(), 1);
      await passAll(store);
      assertEquals(await states(store, "gone child"), "xb");
      assertEquals(await end(store), "a");
      assertEquals(await states(store, "later child"), "pp");
      assertEquals((await claimOne(store, "w"))!.job.id, "child");
      assertEquals(await claimOne(store, "w"), null);
      assertEquals((await store.counts()).delayed, 1);
      clock.advance(4000);
      assertEquals((await claimOne(store, "w"))!.job.id, "later");
    },
  );

  promise("two that end and enqueue at once leave no child behind", async ({ store, another }) => {
    await store.registerWorker(newWorker("w"));
    const other = await another();
    for (let round = 0; round < 15; round++) {
      const [p, q] = [`p${round}`, `q${round}`];
      await store.enqueue([plain(p), plain(q)]);
      const first = (await claimOne(store, "w"))!;
      const second = (await claimOne(store, "w"))!;
      await Promise.all([
        store.settle(settlement(first, "completed")),
        other.enqueue([after(`c${round}`, p, q), after(`d${round}`, p)]),
        other.settle(settlement(second, "completed")),
      ]);
      await Promise.all([passAll(store), passAll(other)]);
      await passAll(store);
      assertEquals(await states(store, `c${round} d${round}`), "pp");
      await store.cancel(`c${round}`);
      await store.cancel(`d${round}`);
    }
  });

  promise(
    "blocked jobs are cancelled, edited, not retried, and wait again after a retry",
    async ({ store }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([plain("a"), after("b", "a")]);
      assertEquals(await store.retry({ id: "b", from: "any" }), "blocked");
      assertEquals((await store.edit("b", { priority: 5 }))!.after!.priority, 5);
      assertEquals(await states(store, "a b"), "pb");
      assertEquals(await store.cancel("b"), "blocked");
      assertEquals(await states(store, "a b"), "px");
      assertEquals(await store.retry({ id: "b", from: "any" }), "cancelled");
      assertEquals(await states(store, "a b"), "pb");
      await store.cancel("b");
      await end(store);
      assertEquals([(await store.job("b"))!.openParents, await states(store, "a b")], [0, "cx"]);
      await store.retry({ id: "b", from: "any" });
      assertEquals(await states(store, "a b"), "cp");
    },
  );

  promise("while a queue is moved nothing is passed on", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([plain("a"), ...Array.from({ length: 600 }, (_, index) => after(`c${index}`, "a"))]);
    await store.settle(settlement((await claimOne(store, "w"))!, "completed"));
    await store.removeWorker("w");
    const move = { id: "m1", phase: "copying", other: "elsewhere" } as const;
    assert(await store.changeMove({ from: null, to: move, lastSeq: 0 }));
    await assertRejects(() => store.passOnEnds(), QueueError, "is being moved");
    assert(await store.changeMove({ from: move, to: null, lastSeq: 0 }));
    await passAll(store);
    assertEquals((await store.counts()).byState.blocked, 0);
  });
}
