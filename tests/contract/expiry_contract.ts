/** What every store promises about jobs that expire unless a run of them has started. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { ExpiresTooSoon, QueueError } from "../../src/core/errors.ts";
import type { NewJob } from "../../src/core/job.ts";
import type { Move } from "../../src/store/move.ts";
import type { Store } from "../../src/store/store.ts";
import { waitFor } from "../support/program.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

const expires = { afterMs: 1000 };

function expiring(count: number, fields: Partial<NewJob> = {}): NewJob[] {
  return Array.from({ length: count }, (_, index) => newJob(`e${index}`, { expires, ...fields }));
}

/** Cancels what has expired, batch by batch; returns how many each of them was. */
async function expireAll(store: Store): Promise<number[]> {
  const batches: number[] = [];
  for (let count; (count = await store.expireDue()) > 0;) batches.push(count);
  return batches;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

export function defineExpiring(promise: Promised): void {
  promise(
    "a job that no run of has started is cancelled at its expiry, not before",
    async ({ store, clock }) => {
      await store.registerWorker(newWorker("w"));
      const accepted = await store.enqueue([
        newJob("a", { expires }),
        newJob("later", { expires: { afterMs: 9000 } }),
      ]);
      assertEquals(accepted[0], {
        id: "a",
        state: "pending",
        conflict: null,
        runAt: clock.ms,
        expiresAt: clock.ms + 1000,
      });
      assertEquals((await store.probe("w", ["default"])).nextExpiryAt, clock.ms + 1000);
      clock.advance(999);
      assertEquals(await store.expireDue(), 0);
      clock.advance(1);
      assertEquals(await store.expireDue(), 1);
      const job = (await store.job("a"))!;
      assertEquals([job.state, job.reason, job.finishedAt], ["cancelled", "expired", clock.ms]);
      assertEquals([job.updatedAt, job.runCount, await store.runs(job.seq)], [clock.ms, 0, []]);
      const { byState } = await store.counts();
      assertEquals([byState.pending, byState.cancelled], [1, 1]);
      assertEquals((await store.probe("w", ["default"])).nextExpiryAt, clock.ms + 8000);
      assertEquals((await claimOne(store, "w"))!.job.id, "later");
      assertEquals((await store.probe("w", ["default"])).nextExpiryAt, null);
      assertEquals((await store.enqueue([newJob("never")]))[0]!.expiresAt, null);
      assertEquals((await store.job("never"))!.expiresAt, null);
      assertEquals((await store.probe("w", ["default"])).nextExpiryAt, null);
    },
  );

  promise(
    "a claim never hands out what has expired, also where nobody has cancelled it",
    async ({ store, clock }) => {
      await store.registerWorker(newWorker("w", { tags: ["gpu"] }));
      await store.enqueue([
        newJob("run"),
        newJob("a", { expires }),
        newJob("delayed", { expires, due: { afterMs: 999 } }),
        newJob("gpu", { expires, needs: ["gpu"] }),
        newJob("other", { expires, queue: "other" }),
        newJob("plain", { priority: -1 }),
      ]);
      const running = (await claimOne(store, "w"))!;
      clock.advance(1000);
      const request = { workerId: "w", queues: ["default", "other"], limit: 9, newMark: () => "m" };
      const settled = await store.settle({ ...settlement(running, "completed"), next: request });
      const ids = [
        ...settled!.claimed,
        ...(await store.claim(request)).claimed!,
        ...(await store.claim({ ...request, limit: 1 })).claimed!,
      ].map(({ job }) => job.id);
      // What stands behind them may be handed out, or wait until they are gone.
      assertEquals(ids.filter((id) => id !== "plain"), []);
      assertEquals(await store.expireDue(), 4);
      ids.push(...(await store.claim(request)).claimed!.map(({ job }) => job.id));
      assertEquals(ids, ["plain"]);
      assertEquals((await store.counts()).byState.cancelled, 4);
    },
  );

  promise(
    "a job of which a run has started does not expire, however that ended",
    async ({ store, clock }) => {
      await store.registerWorker(newWorker("w"));
      for (const outcome of ["failed", "crashed", "handed_back", "snoozed"] as const) {
        await store.enqueue([newJob(outcome, { expires })]);
        const claimed = (await claimOne(store, "w"))!;
        clock.advance(5000);
        assertEquals(await store.expireDue(), 0, `${outcome}: it runs`);
        await store.settle(settlement(claimed, outcome));
        assertEquals((await store.probe("w", ["default"])).nextExpiryAt, null);
        assertEquals(await store.expireDue(), 0, `${outcome}: it waits`);
        clock.advance(3_600_000);
        const again = (await claimOne(store, "w"))!;
        assertEquals([again.job.id, again.run.number], [outcome, 2]);
        await store.settle(settlement(again, "completed"));
      }
    },
  );

  promise(
    "who retries an expired job by hand lets it run, whether or not it was cancelled",
    async ({ store, clock }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([
        ...expiring(1),
        newJob("ahead", { expires: { afterMs: 5000 }, due: { afterMs: 4000 } }),
      ]);
      clock.advance(1000);
      assertEquals(await store.expireDue(), 1);
      assertEquals(await store.retry({ id: "e0", from: "any" }), "cancelled");
      assertEquals((await store.job("e0"))!.expiresAt, null);
      // Of one that is still to come nothing is taken away.
      await store.retry({ id: "ahead", from: "any" });
      assertEquals((await store.job("ahead"))!.expiresAt, clock.ms + 4000);
      await store.enqueue([newJob("unseen", { expires })]);
      clock.advance(1000);
      assertEquals(await store.retry({ id: "unseen", from: "any" }), "pending");
      clock.advance(9000);
      assertEquals(await store.expireDue(), 1);
      assertEquals((await store.job("ahead"))!.reason, "expired");
      assertEquals((await claimOne(store, "w"))!.job.id, "e0");
      assertEquals((await claimOne(store, "w"))!.job.id, "unseen");
    },
  );

  promise(
    "a job that could never start is refused, and nothing of its batch is stored",
    async ({ store, clock }) => {
      const at = (ms: number) => ({ at: clock.ms + ms });
      for (
        const times of [
          { due: at(1000), expires },
          { due: { afterMs: 1000 }, expires: at(1000) },
          { due: { afterMs: 0 }, expires: at(0) },
          { due: at(-9000), expires: at(-1) },
          { due: { afterMs: 1000 }, expires },
        ]
      ) {
        const batch = [newJob("x"), newJob("y", times), newJob("z")];
        const error = await assertRejects(() => store.enqueue(batch), ExpiresTooSoon);
        assertEquals([error.kind, error.id, error.index], ["usage", "y", 1]);
      }
      const many = Array.from({ length: 1500 }, (_, index) => newJob(`j${index}`));
      const error = await assertRejects(
        () => store.enqueue(many.with(1200, newJob("late", { due: at(1000), expires }))),
        ExpiresTooSoon,
      );
      assertEquals(error.index, 1200);
      assertEquals((await store.counts()).byState.pending, 0);
      await store.enqueue([
        newJob("past", { due: at(-9000), expires }),
        newJob("ahead", { due: at(999), expires }),
      ]);
    },
  );

  promise("many who cancel at once cancel each job once", async ({ store, clock, another }) => {
    await store.enqueue([...expiring(2100), newJob("stays", { expires: { afterMs: 5000 } })]);
    clock.advance(1000);
    const stores = [store, ...await Promise.all([another(), another()])];
    const batches = await Promise.all(stores.map(expireAll));
    assertEquals(sum(batches.flat()), 2100);
    const { byState } = await store.counts();
    assertEquals([byState.pending, byState.cancelled], [1, 2100]);
  });

  promise("cancelling and claiming at once, no job is both", async ({ store, clock, another }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue(
      Array.from(
        { length: 300 },
        (_, index) => newJob(`j${index}`, { expires: index % 2 === 0 ? expires : { afterMs: 60_000 } }),
      ),
    );
    clock.advance(1000);
    const elsewhere = await another();
    const claims = async () => {
      const ids: string[] = [];
      while ((await store.probe("w", ["default"])).ready) {
        const claimed = await claimOne(store, "w");
        if (claimed !== null) ids.push(claimed.job.id);
      }
      return ids;
    };
    let isOver = false;
    // Again and again, as workers do: one that a claim is just looking at is passed over.
    const expireUntilOver = async () => {
      while (!isOver) await elsewhere.expireDue();
    };
    const [ids] = await Promise.all([claims().finally(() => isOver = true), expireUntilOver()]);
    await expireAll(elsewhere);
    assertEquals(ids.length, 150);
    assert(ids.every((id) => Number(id.slice(1)) % 2 === 1));
    assertEquals((await store.counts()).byState.cancelled, 150);
  });

  promise("who watches a job is called when it expires", async ({ store, clock, another }) => {
    // Of a store in a file the home's wake folder tells.
    if (!store.info.isShared) return;
    const elsewhere = await another();
    let calls = 0;
    await elsewhere.onEnd(() => calls++);
    await store.enqueue([...expiring(3), newJob("other")]);
    await elsewhere.watchEnds([(await store.job("e1"))!.seq]);
    clock.advance(1000);
    assertEquals(await store.expireDue(), 3);
    await waitFor("the call", () => calls > 0);
  });

  promise("nothing expires in a store whose jobs are being moved", async ({ store, clock }) => {
    await store.enqueue(expiring(1));
    clock.advance(1000);
    const move: Move = { id: "m1", phase: "copying", other: "elsewhere" };
    assert(await store.changeMove({ from: null, to: move, lastSeq: 0 }));
    await assertRejects(() => store.expireDue(), QueueError, "is being moved");
    assertEquals((await store.job("e0"))!.state, "pending");
    assert(await store.changeMove({ from: move, to: null, lastSeq: 0 }));
    assertEquals(await store.expireDue(), 1);
  });

  promise(
    "a hundred thousand that expire at once are cancelled in short writes, and claims stay quick",
    async (stage) => {
      const { store, clock } = stage;
      await store.registerWorker(newWorker("w"));
      const count = 100_000;
      await store.enqueue([
        ...expiring(count, { priority: 1 }),
        ...["p0", "p1", "p2"].map((id) => newJob(id)),
      ]);
      clock.advance(1000);
      const [sweeps, claims]: [number[], number[]] = [[], []];
      const timed = async <T>(into: number[], call: () => Promise<T>): Promise<T> => {
        const from = performance.now();
        const result = await call();
        into.push(performance.now() - from);
        return result;
      };
      let cancelled = 0;
      for (let batch; (batch = await timed(sweeps, () => store.expireDue())) > 0; cancelled += batch) {
        assert(batch <= 1000, `${batch} at once`);
        if (cancelled + batch < count) assertEquals(await timed(claims, () => claimOne(store, "w")), null);
      }
      assertEquals(cancelled, count);
      assertEquals((await claimOne(store, "w"))!.job.id, "p0");
      const median = (times: number[]) => times.toSorted((one, other) => one - other)[times.length >> 1]!;
      assert(median(sweeps) < 50, `cancelling a batch took ${median(sweeps)} ms`);
      assert(median(claims) < 20, `a claim took ${median(claims)} ms`);
    },
  );
}
