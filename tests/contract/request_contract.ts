/** What every store promises to a server: requests that may come twice, and what has changed. */

import { assertEquals, assertRejects } from "@std/assert";
import { DuplicateJob, KeyReused } from "../../src/core/errors.ts";
import type { ChangePlace, Store } from "../../src/store/store.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

const hour = 3_600_000;

export function defineRequests(promise: Promised): void {
  promise(
    "a request that comes twice is carried out once, and has the same answer",
    async ({ store, another }) => {
      const once = { key: "k", request: "one" };
      const [first] = await store.enqueue([newJob("a")], once);
      assertEquals(await (await another()).enqueue([newJob("b"), newJob("c")], once), [first!]);
      await assertRejects(() => store.enqueue([newJob("d")], { key: "k", request: "two" }), KeyReused);
      assertEquals((await store.counts()).byState.pending, 1);
      // Also once its job is gone.
      await store.remove("a");
      assertEquals(await store.enqueue([newJob("e")], once), [first!]);
      assertEquals(await store.job("e"), null);
    },
  );

  promise("of the same request sent at once by many, one is carried out", async ({ store, another }) => {
    const stores = [store, await another(), await another()];
    const answers = await Promise.all(
      Array.from(
        { length: 12 },
        (_, index) => stores[index % 3]!.enqueue([newJob(`j${index}`)], { key: "k", request: "one" }),
      ),
    );
    assertEquals(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
    assertEquals((await store.counts()).byState.pending, 1);
  });

  promise("a request that is refused leaves its key free", async ({ store }) => {
    await store.enqueue([newJob("a")]);
    await assertRejects(() => store.enqueue([newJob("a")], { key: "k", request: "one" }), DuplicateJob);
    assertEquals((await store.enqueue([newJob("b")], { key: "k", request: "two" }))[0]!.id, "b");
  });

  promise("an answer is kept for a day and more, and not for ever", async ({ store, clock }) => {
    const once = { key: "k", request: "one" };
    const [first] = await store.enqueue([newJob("a")], once);
    clock.advance(25 * hour);
    assertEquals(await store.enqueue([newJob("b")], once), [first!]);
    clock.advance(25 * hour);
    assertEquals((await store.enqueue([newJob("c")], { key: "k", request: "two" }))[0]!.id, "c");
  });

  promise("jobs are found by when they were changed last, each change anew", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    const begin = { at: await store.now() - 1, seq: 0 };
    await store.enqueue([newJob("a"), newJob("b"), newJob("c", { due: { afterMs: hour } })]);
    const all = await store.changedJobs(begin, 10);
    assertEquals(all.map(({ id, state, runCount }) => [id, state, runCount]), [
      ["a", "pending", 0],
      ["b", "pending", 0],
      ["c", "pending", 0],
    ]);
    assertEquals(await pagesOf(store, begin), ["a", "b", "c"]);
    let place = { at: all.at(-1)!.updatedAt, seq: all.at(-1)!.seq };
    const next = async () => {
      const changes = await store.changedJobs(place, 10);
      for (const { updatedAt, seq } of changes) place = { at: updatedAt, seq };
      return changes.map(({ id, state, exitCode }) => `${id} ${state} ${exitCode}`);
    };
    clock.advance(1);
    const claimed = (await claimOne(store, "w"))!;
    assertEquals(await next(), ["a processing null"]);
    clock.advance(1);
    await store.settle(settlement(claimed, "completed"));
    assertEquals(await next(), ["a completed 0"]);
    clock.advance(1);
    await store.cancel("b");
    await store.edit("c", { priority: 1 });
    assertEquals(await next(), ["b cancelled null", "c pending null"]);
    assertEquals(await next(), []);
  });

  promise("changed jobs and new ones come in one order, whatever the size of the pages", async (stage) => {
    const { store, clock } = stage;
    const begin = { at: await store.now() - 1, seq: 0 };
    const ids = Array.from({ length: 12 }, (_, i) => `j${i}`);
    for (const [i, id] of ids.entries()) {
      await store.enqueue([newJob(id), newJob(`${id}-gone`)]);
      // Some within the same millisecond.
      if (i % 3 > 0) clock.advance(1);
      if (i > 2) await store.edit(ids[i - 3]!, { priority: 1 });
      if (i % 2 === 0) await store.remove(`${id}-gone`);
    }
    const whole = await store.changedJobs(begin, 100);
    assertEquals(whole.length, 18);
    assertEquals(
      whole,
      whole.toSorted((one, other) => one.updatedAt - other.updatedAt || one.seq - other.seq),
    );
    for (const size of [1, 2, 5, 100]) {
      assertEquals(await pagesOf(store, begin, size), whole.map(({ id }) => id));
    }
    for (const [i, { updatedAt, seq }] of whole.entries()) {
      assertEquals(await store.changedJobs({ at: updatedAt, seq }, 100), whole.slice(i + 1));
    }
  });
}

async function pagesOf(store: Store, from: ChangePlace, size = 1): Promise<string[]> {
  const ids: string[] = [];
  for (let place = from;;) {
    const changes = await store.changedJobs(place, size);
    const last = changes.at(-1);
    if (last === undefined) return ids;
    ids.push(...changes.map(({ id }) => id));
    place = { at: last.updatedAt, seq: last.seq };
  }
}
