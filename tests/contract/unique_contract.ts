/** What every store promises about unique keys. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { DuplicateJob, ExpiresTooSoon, QueueError, UniqueKeyTaken } from "../../src/core/errors.ts";
import { isFinal, type NewJob, type UniqueRule } from "../../src/core/job.ts";
import type { Store } from "../../src/store/store.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

function uniqueJob(id: string, rule: Partial<UniqueRule> = {}, fields: Partial<NewJob> = {}): NewJob {
  return newJob(id, { unique: { key: "k", forMs: null, onConflict: "keep", ...rule }, ...fields });
}

async function accept(store: Store, ...jobs: NewJob[]): Promise<string[]> {
  return (await store.enqueue(jobs)).map(({ id, conflict }) => conflict === null ? id : `${id} ${conflict}`);
}

async function statesOf(store: Store): Promise<Record<string, string>> {
  const jobs = await store.jobs({ order: "oldest", limit: 1000 });
  return Object.fromEntries(jobs.map(({ id, state }) => [id, state]));
}

export function defineUnique(promise: Promised): void {
  promise("a second job of a unique key is not stored while the first is unfinished", async (stage) => {
    const { store, clock } = stage;
    const [first] = await store.enqueue([uniqueJob("a", {}, { due: { afterMs: 5000 } })]);
    assertEquals(first, {
      id: "a",
      state: "pending",
      conflict: null,
      runAt: clock.ms + 5000,
      expiresAt: null,
    });
    assertEquals(await store.enqueue([uniqueJob("b")]), [{ ...first!, conflict: "kept" }]);
    assertEquals(await store.job("b"), null);
    assertEquals((await store.job("a"))!.uniqueKey, "k");
    assertEquals((await store.counts()).byState.pending, 1);
    // Also with the id of the first: that is not stored a second time.
    assertEquals(await accept(store, uniqueJob("a"), uniqueJob("c", { key: "other" })), ["a kept", "c"]);
    assertEquals(await accept(store, newJob("plain")), ["plain"]);
  });

  promise("a unique key is free in whichever way its job ends, and not before", async (stage) => {
    const { store, clock } = stage;
    await store.registerWorker(newWorker("w"));
    const settle = async (outcome: "completed" | "failed" | "crashed" | "handed_back" | "cancelled") =>
      void await store.settle(settlement((await claimOne(store, "w"))!, outcome));
    const ends: Readonly<Record<string, () => Promise<unknown>>> = {
      completed: () => settle("completed"),
      dead: async () => {
        for (const outcome of ["failed", "crashed", "handed_back", "failed"] as const) {
          await settle(outcome);
          assertEquals((await accept(store, uniqueJob("x")))[0], "dead kept");
          clock.advance(60_000);
        }
        await settle("failed");
      },
      cancelled: () => store.cancel("cancelled"),
      running: async () => {
        const claimed = (await claimOne(store, "w"))!;
        await store.cancel("running");
        assertEquals(await accept(store, uniqueJob("x")), ["running kept"]);
        await store.settle(settlement(claimed, "failed"));
      },
      many: () => store.cancelMany({ queue: "default" }, { after: 0, through: 99 }),
      expired: async () => {
        clock.advance(60_000);
        assertEquals(await store.expireDue(), 1);
      },
      removed: () => store.remove("removed"),
    };
    for (const [id, end] of Object.entries(ends)) {
      const expires = id === "expired" ? { afterMs: 60_000 } : null;
      assertEquals(await accept(store, uniqueJob(id, {}, { expires })), [id]);
      assertEquals(await accept(store, uniqueJob("x")), [`${id} kept`]);
      await end();
      const job = await store.job(id);
      assert(job === null || isFinal(job.state), `${id}: ${job?.state}`);
      assertEquals(await store.check(), []);
    }
  });

  promise("for a time a unique key is taken whatever becomes of its job", async (stage) => {
    const { store, clock } = stage;
    await store.registerWorker(newWorker("w"));
    assertEquals(await accept(store, uniqueJob("a", { forMs: 10_000 })), ["a"]);
    await store.settle(settlement((await claimOne(store, "w"))!, "completed"));
    clock.advance(9_999);
    assertEquals((await store.enqueue([uniqueJob("b", { forMs: 5 })]))[0]!.state, "completed");
    for (const onConflict of ["replace", "debounce", "reject"] as const) {
      const error = await assertRejects(
        () => store.enqueue([uniqueJob("b", { onConflict })]),
        UniqueKeyTaken,
      );
      assertEquals(error.message.includes('"a", which is completed'), true, error.message);
    }
    clock.advance(1);
    assertEquals(await accept(store, uniqueJob("b", { forMs: 5_000 })), ["b"]);
    assertEquals(await accept(store, uniqueJob("c")), ["b kept"]);
    // Though that one is unfinished: its time is over.
    clock.advance(5_000);
    assertEquals(await accept(store, uniqueJob("c")), ["c"]);
    clock.advance(1_000_000_000);
    assertEquals(await accept(store, uniqueJob("d")), ["c kept"]);
    // The end of one whose key another took over does not free it.
    await store.cancel("b");
    assertEquals(await accept(store, uniqueJob("d")), ["c kept"]);
  });

  promise("a job that waits is replaced, one that runs is not", async (stage) => {
    const { store } = stage;
    await store.registerWorker(newWorker("w"));
    const onConflict = "replace";
    assertEquals(await accept(store, uniqueJob("a", { onConflict })), ["a"]);
    assertEquals(await accept(store, uniqueJob("b", { onConflict })), ["b replaced"]);
    const replaced = (await store.job("a"))!;
    assertEquals([replaced.state, replaced.reason], ["cancelled", "replaced by b"]);
    assertEquals(await accept(store, uniqueJob("c")), ["b kept"]);
    assertEquals((await store.counts()).byState.cancelled, 1);
    // Its id is taken, though it was replaced.
    await assertRejects(() => store.enqueue([uniqueJob("b", { onConflict })]), DuplicateJob);
    assertEquals((await store.job("b"))!.state, "pending");
    assertEquals((await claimOne(store, "w"))!.job.id, "b");
    const error = await assertRejects(
      () => store.enqueue([newJob("x"), uniqueJob("c", { onConflict })]),
      UniqueKeyTaken,
    );
    assertEquals([error.id, error.index, error.kind], ["c", 1, "refused"]);
    assertEquals(
      error.message,
      'Cannot enqueue job "c": job "b", which is processing, has the unique key "k"',
    );
    assertEquals(await store.job("x"), null);
    assertEquals((await store.job("b"))!.state, "processing");
  });

  promise("a job that waits is put off under its id, again and again", async (stage) => {
    const { store, clock } = stage;
    await store.registerWorker(newWorker("w"));
    const later = (afterMs: number) =>
      uniqueJob("x", { onConflict: "debounce" }, { due: { afterMs }, command: "not this" });
    assertEquals(
      await accept(store, uniqueJob("a", { onConflict: "debounce" }, { due: { afterMs: 1000 } })),
      [
        "a",
      ],
    );
    clock.advance(900);
    assertEquals(await store.enqueue([later(1000)]), [
      { id: "a", state: "pending", conflict: "debounced", runAt: clock.ms + 1000, expiresAt: null },
    ]);
    clock.advance(999);
    assertEquals(await claimOne(store, "w"), null);
    clock.advance(1);
    const expires = { afterMs: 9000 };
    assertEquals(await store.enqueue([{ ...later(500), expires }]), [
      { id: "a", state: "pending", conflict: "debounced", runAt: clock.ms + 500, expiresAt: clock.ms + 9000 },
    ]);
    await assertRejects(
      () => store.enqueue([{ ...later(500), expires: { at: clock.ms + 1 } }]),
      ExpiresTooSoon,
    );
    clock.advance(500);
    const claimed = (await claimOne(store, "w"))!;
    assertEquals([claimed.job.id, claimed.job.command], ["a", "true"]);
    await assertRejects(() => store.enqueue([later(1)]), UniqueKeyTaken);
    await store.settle(settlement(claimed, "failed"));
    // Between two attempts it waits.
    assertEquals(await accept(store, later(60_000)), ["a debounced"]);
    clock.advance(59_999);
    assertEquals(await claimOne(store, "w"), null);
    clock.advance(1);
    assertEquals((await claimOne(store, "w"))!.job.id, "a");
  });

  promise("a job is refused that asks for it, and all of its batch", async ({ store }) => {
    await store.enqueue([uniqueJob("a")]);
    const batch = [newJob("x"), uniqueJob("y", { key: "free" }), uniqueJob("z", { onConflict: "reject" })];
    const error = await assertRejects(() => store.enqueue(batch), UniqueKeyTaken);
    assertEquals([error.id, error.index, error.hint], ["z", 2, "Look at that job: queuectl show a"]);
    assertEquals(await statesOf(store), { a: "pending" });
    assertEquals(await accept(store, uniqueJob("z", { key: "free", onConflict: "reject" })), ["z"]);
  });

  promise("within a batch the same holds from job to job", async ({ store, clock }) => {
    await store.enqueue([uniqueJob("old"), uniqueJob("late", { key: "l" }, { due: { afterMs: 9000 } })]);
    const debounce = { key: "d", onConflict: "debounce" } as const;
    assertEquals(
      await accept(
        store,
        newJob("plain"),
        uniqueJob("n1", { key: "n" }),
        uniqueJob("n2", { key: "n" }),
        uniqueJob("n1", { key: "n" }),
        uniqueJob("r1", { onConflict: "replace" }),
        uniqueJob("r2", { onConflict: "replace" }),
        uniqueJob("r3"),
        uniqueJob("d1", debounce, { due: { afterMs: 10 } }),
        uniqueJob("d2", debounce, { due: { afterMs: 5000 } }),
        uniqueJob("l2", { key: "l", onConflict: "debounce" }, { due: { afterMs: 100 } }),
        uniqueJob("l3", { key: "l", onConflict: "replace" }),
      ),
      [
        "plain",
        "n1",
        "n1 kept",
        "n1 kept",
        "r1 replaced",
        "r2 replaced",
        "r2 kept",
        "d1",
        "d1 debounced",
        "late debounced",
        "l3 replaced",
      ],
    );
    assertEquals(await statesOf(store), {
      old: "cancelled",
      late: "cancelled",
      plain: "pending",
      n1: "pending",
      r1: "cancelled",
      r2: "pending",
      d1: "pending",
      l3: "pending",
    });
    assertEquals((await store.job("r1"))!.reason, "replaced by r2");
    assertEquals((await store.job("d1"))!.runAt, clock.ms + 5000);
    const timed = { key: "timed", forMs: 60_000, onConflict: "replace" } as const;
    assertEquals(await accept(store, uniqueJob("m1", timed)), ["m1"]);
    assertEquals(await accept(store, uniqueJob("m2", timed), uniqueJob("m3", timed)), [
      "m2 replaced",
      "m3 replaced",
    ]);
    const twice = [uniqueJob("t1", { key: "t" }), uniqueJob("t2", { key: "t", onConflict: "reject" })];
    const error = await assertRejects(() => store.enqueue(twice), UniqueKeyTaken);
    assertEquals(error.index, 1);
    assertEquals(
      error.message,
      'Cannot enqueue job "t2": an earlier job of the same batch has the unique key "t"',
    );
    // A place in the batch, though jobs before it are not stored.
    const taken = await assertRejects(
      () => store.enqueue([uniqueJob("q", { key: "n" }), newJob("fine"), newJob("plain")]),
      DuplicateJob,
    );
    assertEquals(taken.index, 2);
  });

  promise("a job that is tried again takes its unique key again, or is refused", async (stage) => {
    const { store, clock } = stage;
    await store.registerWorker(newWorker("w"));
    const dies = { maxRetries: 1 };
    for (const id of ["a", "b", "c"]) {
      assertEquals(await accept(store, uniqueJob(id, {}, dies)), [id]);
      await store.settle(settlement((await claimOne(store, "w"))!, "failed"));
    }
    assertEquals(await store.retry({ id: "b", from: "dead" }), "dead");
    assertEquals(await accept(store, uniqueJob("x")), ["b kept"]);
    const error = await assertRejects(() => store.retry({ id: "a", from: "any" }), QueueError);
    assertEquals(
      [error.kind, error.message],
      ["refused", 'Cannot retry job "a": job "b" has its unique key "k"'],
    );
    assertEquals(await store.retry({ id: "b", from: "any" }), "pending");
    await store.settle(settlement((await claimOne(store, "w"))!, "failed"));
    // Of several of one key the first gets it.
    const filter = { state: "dead" } as const;
    const seqs = (await store.jobs({ ...filter, order: "oldest", limit: 9 })).map(({ seq }) => seq);
    assertEquals(await store.retryDead({ seqs, filter, due: null }), { retried: 1, withoutKey: 2 });
    assertEquals(await statesOf(store), { a: "pending", b: "dead", c: "dead" });
    await store.cancel("a");
    // One whose key was taken for a time, and its own until that is over.
    assertEquals(await accept(store, uniqueJob("t", { key: "t", forMs: 1000 })), ["t"]);
    await store.cancel("t");
    await store.retry({ id: "t", from: "any" });
    assertEquals(await accept(store, uniqueJob("x", { key: "t" })), ["t kept"]);
    clock.advance(1000);
    await store.cancel("t");
    await store.retry({ id: "t", from: "any" });
    clock.advance(1_000_000);
    assertEquals(await accept(store, uniqueJob("x", { key: "t" })), ["t kept"]);
  });

  promise("of many who enqueue one unique key at once, one stores a job", async ({ store, another }) => {
    const stores = [store, await another(), await another(), await another()];
    const answers = await Promise.all(
      Array.from(
        { length: 40 },
        (_, index) => accept(stores[index % stores.length]!, uniqueJob(`j${index}`)),
      ),
    );
    const kept = answers.flat().filter((answer) => answer.endsWith(" kept"));
    assertEquals(kept.length, 39);
    assertEquals(new Set(kept).size, 1);
    assertEquals((await store.counts()).byState.pending, 1);
  });

  promise("in a storm of every mode a unique key never has two unfinished jobs", async (stage) => {
    const { store, another } = stage;
    await store.registerWorker(newWorker("w"));
    const stores = [store, await another(), await another()];
    const modes = ["keep", "replace", "debounce", "reject"] as const;
    const swallow = (error: unknown) => {
      if (!(error instanceof QueueError) || error.kind !== "refused") throw error;
    };
    const enqueuer = async (own: Store, name: string) => {
      for (let round = 0; round < 25; round++) {
        const rule = (shift: number) => ({
          key: `k${(round + shift) % 3}`,
          onConflict: modes[(round * 7 + shift + name.length) % modes.length]!,
        });
        const pair = [0, 1].map((shift) => uniqueJob(`${name}-${round}-${shift}`, rule(shift)));
        await own.enqueue(pair).catch(swallow);
        if (round % 5 === 0) await own.retry({ id: `${name}-${round}-0`, from: "any" }).catch(swallow);
        if (round % 6 === 0) await own.cancelMany({ state: "pending" }, { after: 0, through: 1e6 });
      }
    };
    let goesOn = true;
    const runner = async () => {
      while (goesOn) {
        const claimed = await claimOne(store, "w");
        if (claimed === null) await new Promise((resolve) => setTimeout(resolve, 5));
        else await store.settle(settlement(claimed, "completed"));
      }
    };
    const running = runner();
    await Promise.all(stores.map((own, index) => enqueuer(own, "e".repeat(index + 1))));
    goesOn = false;
    await running;
    const open = (await store.jobs({ order: "oldest", limit: 1000 })).filter(({ state }) => !isFinal(state));
    assertEquals(open.length, new Set(open.map(({ uniqueKey }) => uniqueKey)).size);
    for (const job of open) await store.cancel(job.id);
    assertEquals(await accept(store, ...["k0", "k1", "k2"].map((key) => uniqueJob(key, { key }))), [
      "k0",
      "k1",
      "k2",
    ]);
  });

  promise("a thousand keyed and plain jobs in one batch keep their order", async ({ store }) => {
    const batch = Array.from(
      { length: 1000 },
      (_, index) =>
        index % 3 === 0 ? newJob(`j${index}`) : uniqueJob(`j${index}`, { key: `k${index % 400}` }),
    );
    const accepted = await store.enqueue(batch);
    const stored = await store.jobs({ order: "oldest", limit: 2000 });
    assertEquals(
      stored.map(({ id }) => id),
      accepted.filter(({ conflict }) => conflict === null).map(({ id }) => id),
    );
    assertEquals(accepted.length, 1000);
  });
}
