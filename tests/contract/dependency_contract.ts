/** What every store promises about jobs that wait for others, and about the hook of dead ones. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { DependencyCycle, QueueError, UnknownParent } from "../../src/core/errors.ts";
import type { AwaitedEnd, JobState, NewJob } from "../../src/core/job.ts";
import type { Outcome } from "../../src/core/run.ts";
import type { PassedOn, Store } from "../../src/store/store.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

/** A job that waits: `after("c", "a", "b")`. */
function after(id: string, ...parents: readonly (string | readonly [string, AwaitedEnd])[]): NewJob {
  return newJob(id, {
    maxRetries: 1,
    after: parents.map((parent) => {
      const [parentId, awaits] = typeof parent === "string" ? [parent, "completed" as const] : parent;
      return { parentId, awaits };
    }),
  });
}

const plain = (id: string) => newJob(id, { maxRetries: 1 });

/** Passes on until nothing is left; what it came to in all. */
async function passAll(store: Store): Promise<Omit<PassedOn, "hasMore">> {
  const sum = { opened: 0, ended: 0, revived: 0 };
  for (let hasMore = true; hasMore;) {
    const passed = await store.passOnEnds();
    sum.opened += passed.opened;
    sum.ended += passed.ended;
    sum.revived += passed.revived;
    hasMore = passed.hasMore;
  }
  return sum;
}

/** Claims the next job and ends it; its id. */
async function end(store: Store, outcome: Outcome = "completed"): Promise<string> {
  const claimed = (await claimOne(store, "w"))!;
  await store.settle(settlement(claimed, outcome));
  await passAll(store);
  return claimed.job.id;
}

async function states(store: Store, ids: string): Promise<string> {
  const short: Record<JobState, string> = {
    pending: "p",
    blocked: "b",
    processing: "r",
    completed: "c",
    dead: "d",
    cancelled: "x",
  };
  return (await store.jobsOf(ids.split(" "))).map((job) => short[job!.state]).join("");
}

export function defineDependencies(promise: Promised): void {
  defineLinking(promise);
  definePassing(promise);
  defineReviving(promise);
  defineRemoving(promise);
  defineHooks(promise);
  defineLargeGraphs(promise);
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

function defineReviving(promise: Promised): void {
  promise("a retry leaves what its end has cancelled, or revives it with all below", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([
      plain("a"),
      after("b", "a"),
      after("c", "b"),
      after("d", "c", "a"),
      after("e", "a"),
    ]);
    await store.cancel("e");
    await end(store, "failed");
    assertEquals(await states(store, "a b c d e"), "dxxxx");
    assertEquals(await store.countBroken(["a"]), 3);
    await store.retry({ id: "a", from: "dead" });
    assertEquals(await states(store, "a b c d e"), "pxxxx");
    await store.retry({ id: "a", from: "any", cascade: true });
    await passAll(store);
    assertEquals(await states(store, "a b c d e"), "pbbbx", "also while it is pending");
    await end(store, "failed");
    await store.retry({ id: "a", from: "dead", cascade: true });
    assertEquals((await passAll(store)).revived, 3);
    assertEquals(await states(store, "a b c d e"), "pbbbx");
    assertEquals(
      (await store.jobsOf(["b", "d"])).map((job) => [job!.openParents, job!.reason, job!.finishedAt]),
      [
        [1, null, null],
        [2, null, null],
      ],
    );
    for (const id of ["a", "b", "c", "d"]) assertEquals(await end(store), id);
    assertEquals(await states(store, "a b c d e"), "ccccx");
  });

  promise("what another end keeps from running stays cancelled, by that one", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([plain("a"), plain("b"), after("c", "a", "b"), after("d", "c")]);
    await end(store, "failed");
    await end(store, "failed");
    await store.retryAllDead();
    await store.cancel("a");
    await store.cancel("b");
    await store.retry({ id: "a", from: "any", cascade: true });
    await passAll(store);
    assertEquals(await states(store, "a b c d"), "pxxx");
    const [b, c] = await store.jobsOf(["b", "c"]);
    assertEquals([c!.brokenBy, c!.reason], [b!.seq, "job b, which it waited for, was cancelled"]);
    await store.retry({ id: "b", from: "any", cascade: true });
    await passAll(store);
    assertEquals(await states(store, "a b c d"), "ppbb");
    assertEquals((await store.job("c"))!.openParents, 2);
  });

  promise(
    "all dead ones with what they have cancelled; a parent that ends sooner than that",
    async ({ store }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([
        plain("a"),
        ...Array.from({ length: 700 }, (_, index) => after(`c${index}`, "a")),
      ]);
      await end(store, "failed");
      assertEquals((await store.counts()).byState.cancelled, 700);
      assertEquals(await store.retryAllDead(true), 1);
      await store.settle(settlement((await claimOne(store, "w"))!, "completed"));
      await passAll(store);
      assertEquals((await store.counts()).byState, {
        pending: 700,
        blocked: 0,
        processing: 0,
        completed: 1,
        dead: 0,
        cancelled: 0,
      });
    },
  );

  promise(
    "a cancelled job that is retried itself does not wait for what ended in vain",
    async ({ store }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([plain("a"), plain("b"), after("c", "a"), after("d", "a", "b")]);
      await end(store, "failed");
      await store.retry({ id: "c", from: "any" });
      await store.retry({ id: "d", from: "any" });
      assertEquals(await states(store, "a b c d"), "dppb");
      await store.retry({ id: "a", from: "any", cascade: true });
      await passAll(store);
      assertEquals(await states(store, "a b c d"), "pppb");
      for (const id of ["a", "b"]) assertEquals(await end(store), id);
      assertEquals(await states(store, "a b c d"), "ccpp");
    },
  );
}

function defineRemoving(promise: Promised): void {
  promise("a job for which others wait is not removed", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([plain("a"), after("b", "a"), after("c", "a")]);
    assertEquals(await store.remove("a"), { state: "pending", runs: [], awaitedBy: "b" });
    assertEquals(await states(store, "a b c"), "pbb");
    await store.cancel("b");
    assertEquals((await store.remove("c"))!.awaitedBy, null);
    assertEquals((await store.remove("a"))!.awaitedBy, null);
    assertEquals((await store.job("b"))!.openParents, 0);
    assertEquals(
      (await store.links({ jobSeqs: [(await store.job("b"))!.seq], to: "parents", limit: 9 })).length,
      0,
    );
  });
}

function defineHooks(promise: Promised): void {
  promise("each death has one hook, a hook's own has none", async ({ store, another }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([
      newJob("a", { maxRetries: 1 }),
      newJob("h", { hookOf: "x", maxRetries: 1, priority: -1 }),
    ]);
    const claimed = (await claimOne(store, "w"))!;
    assertEquals((await store.settle(settlement(claimed, "handed_back")))!.hasEnds, false);
    const settled = await store.settle(settlement((await claimOne(store, "w"))!, "failed", { exitCode: 7 }));
    assertEquals([settled!.state, settled!.hasEnds], ["dead", true]);
    const other = await another();
    const hook = (store: string) => (dead: { readonly id: string; readonly exitCode: number | null }) =>
      newJob(`hook-${store}`, { hookOf: dead.id, command: `exit ${dead.exitCode}`, priority: -2 });
    const counts = await Promise.all([store.passOnDeaths(hook("1")), other.passOnDeaths(hook("2"))]);
    assertEquals(counts.toSorted(), [0, 1]);
    const hooks = (await store.jobs({ order: "oldest", limit: 9 })).filter(({ hookOf }) => hookOf === "a");
    assertEquals(hooks.map(({ command, state }) => [command, state]), [["exit 7", "pending"]]);
    // The hook that was enqueued first dies, which is the end of it.
    const second = (await store.settle(settlement((await claimOne(store, "w"))!, "failed")))!;
    assertEquals([await states(store, "h"), second.hasEnds], ["d", false]);
    assertEquals(await store.passOnDeaths(hook("3")), 0);
    await store.retry({ id: "a", from: "dead" });
    await store.settle(settlement((await claimOne(store, "w"))!, "failed"));
    await store.retry({ id: "a", from: "dead" });
    await store.settle(settlement((await claimOne(store, "w"))!, "failed"));
    assertEquals(await store.passOnDeaths(hook("4")), 1);
  });
}

/** Generous, for machines that do other things too; figures are in the decision. */
const longestSettleMs = 150;

function defineLargeGraphs(promise: Promised): void {
  promise("ending a job is quick with ten thousand that wait for it", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    const children = Array.from({ length: 10_000 }, (_, index) => after(`c${index}`, "a"));
    await store.enqueue([plain("a"), ...children]);
    const claimed = (await claimOne(store, "w"))!;
    const from = performance.now();
    await store.settle(settlement(claimed, "completed"));
    const tookMs = performance.now() - from;
    assert(tookMs < longestSettleMs, `it took ${tookMs} ms`);
    const times: number[] = [];
    for (let hasMore = true; hasMore;) {
      const began = performance.now();
      ({ hasMore } = await store.passOnEnds());
      times.push(performance.now() - began);
    }
    const median = times.toSorted((one, other) => one - other)[times.length >> 1]!;
    assert(median < 250, `a batch took ${median} ms`);
    assertEquals((await store.counts()).byState.pending, 10_000);
  });

  promise("a chain of twenty thousand ends in vain to its last job, and waits again", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    const count = 20_000;
    const chain = Array.from(
      { length: count },
      (_, index) => after(`c${index}`, index === 0 ? "a" : `c${index - 1}`),
    );
    await store.enqueue([...chain.toReversed(), plain("a")]);
    const claimed = (await claimOne(store, "w"))!;
    const from = performance.now();
    await store.settle(settlement(claimed, "failed"));
    const tookMs = performance.now() - from;
    assert(tookMs < longestSettleMs, `it took ${tookMs} ms`);
    await passAll(store);
    assertEquals((await store.counts()).byState.cancelled, count);
    assertEquals(
      (await store.job(`c${count - 1}`))!.reason,
      `job c${count - 2}, which it waited for, was cancelled`,
    );
    assertEquals(await store.countBroken(["a"]), count);
    await store.retry({ id: "a", from: "dead", cascade: true });
    assertEquals((await passAll(store)).revived, count);
    assertEquals((await store.counts()).byState.blocked, count);
  });
}
