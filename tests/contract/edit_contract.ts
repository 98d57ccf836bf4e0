/** What every store promises about changes of jobs that wait. */

import { assert, assertEquals } from "@std/assert";
import type { JobChanges } from "../../src/core/job_changes.ts";
import type { Claimed } from "../../src/store/store.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

export function defineEditing(promise: Promised): void {
  promise(
    "a waiting job is changed in what is given, and in nothing else",
    async ({ store, clock, another }) => {
      await store.enqueue([
        newJob("j", { env: { A: "1" }, timeoutMs: 5, due: { afterMs: 1000 } }),
        newJob("other"),
      ]);
      const [before, other] = [await store.job("j"), await store.job("other")];
      clock.ms += 10;
      const steps: readonly (readonly [JobChanges, Partial<typeof before>])[] = [
        [{ priority: -7 }, { priority: -7 }],
        [{ command: "ünïcödé", argv: null }, { command: "ünïcödé" }],
        [{ command: "echo 'a b'", argv: ["echo", "a b"] }, { command: "echo 'a b'", argv: ["echo", "a b"] }],
        [{ command: "true", argv: null }, { command: "true", argv: null }],
        [{ maxRetries: 0, killAfterMs: 0, timeoutMs: null }, {
          maxRetries: 0,
          killAfterMs: 0,
          timeoutMs: null,
        }],
        [{ due: { at: clock.ms + 9000 } }, { runAt: clock.ms + 9000 }],
        [{ due: { afterMs: 500 } }, { runAt: clock.ms + 500 }],
        [{}, {}],
      ];
      let expected = { ...before!, updatedAt: clock.ms };
      for (const [changes, changed] of steps) {
        const was = await store.job("j");
        expected = { ...expected, ...changed };
        assertEquals(await store.edit("j", changes), { before: was!, after: expected });
        assertEquals(await (await another()).job("j"), expected);
      }
      assertEquals(await store.job("other"), other);
      assertEquals(await store.edit("nobody", { priority: 1 }), null);
      assertEquals((await store.counts()).byState.pending, 2);
    },
  );

  promise("a changed job is claimed at its new place, and when it is due then", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([
      newJob("a"),
      newJob("b"),
      newJob("c"),
      newJob("later", { due: { afterMs: 60_000 } }),
    ]);
    await store.edit("c", { priority: 1 });
    await store.edit("a", { due: { afterMs: 5000 } });
    const order: string[] = [];
    const claimAll = async () => {
      for (let claimed; (claimed = await claimOne(store, "w")) !== null;) order.push(claimed.job.id);
    };
    await claimAll();
    assertEquals(order, ["c", "b"]);
    const waiting = await store.probe("w", ["default"]);
    assertEquals([waiting.ready, waiting.nextDueAt], [false, clock.ms + 5000]);
    await store.edit("later", { due: { afterMs: 0 }, command: "changed", argv: null });
    assertEquals((await store.probe("w", ["default"])).ready, true);
    const later = (await claimOne(store, "w"))!;
    assertEquals([later.job.id, later.job.command], ["later", "changed"]);
    clock.ms += 5000;
    await claimAll();
    assertEquals(order, ["c", "b", "a"]);
  });

  promise("a job that does not wait is left as it is; one between two attempts waits", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue(
      ["done", "dead", "failed", "runs"].map((id) => newJob(id, { maxRetries: id === "dead" ? 1 : 3 })),
    );
    await store.enqueue([newJob("cancelled", { due: { afterMs: 9 } })]);
    for (const outcome of ["completed", "failed", "failed"] as const) {
      await store.settle(settlement((await claimOne(store, "w"))!, outcome));
    }
    await claimOne(store, "w");
    await store.cancel("cancelled");
    for (const id of ["done", "dead", "cancelled", "runs"]) {
      const before = (await store.job(id))!;
      assertEquals(await store.edit(id, { priority: 9 }), { before, after: null }, id);
      assertEquals(await store.job(id), before);
    }
    const { after } = (await store.edit("failed", { priority: 9, maxRetries: 9 }))!;
    assertEquals([after!.state, after!.attempts, after!.priority], ["pending", 1, 9]);
    assertEquals(after, await store.job("failed"));
    assertEquals((await store.counts()).failed, 1);
  });

  promise("a claim takes a job before it is changed, or as it was changed", async ({ store, another }) => {
    const ids = Array.from({ length: 120 }, (_, index) => `j${index}`);
    await store.registerWorker(newWorker("w"));
    await store.enqueue(ids.map((id) => newJob(id)));
    const changed = new Set<string>();
    const claims: Claimed[] = [];
    // A call into SQLite gives nobody else a turn.
    const giveWay = () => new Promise((resolve) => setTimeout(resolve, 0));
    const edit = async (order: readonly string[]) => {
      const editing = await another();
      for (const id of order) {
        if ((await editing.edit(id, { command: "changed", argv: null }))!.after !== null) changed.add(id);
        await giveWay();
      }
    };
    const claim = async () => {
      const claiming = await another();
      for (let claimed; (claimed = await claimOne(claiming, "w")) !== null;) {
        claims.push(claimed);
        await giveWay();
      }
    };
    // Those that go the same way meet again and again.
    await Promise.all([claim(), edit(ids), claim(), edit(ids.toReversed())]);
    assertEquals(claims.length, ids.length);
    assert(changed.size > 0, "none was changed in time");
    for (const { job } of claims) assertEquals(job.command === "changed", changed.has(job.id), job.id);
  });
}
