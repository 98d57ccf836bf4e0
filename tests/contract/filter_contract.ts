/** What every store promises about filters: what they mean, paging by them, counting, and cancelling what they mean. */

import { assertEquals } from "@std/assert";
import { compareJobs, jobSortKeys } from "../../src/core/job_order.ts";
import type { JobFilter } from "../../src/store/job_filter.ts";
import type { Store } from "../../src/store/store.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

const everything = { after: 0, through: Number.MAX_SAFE_INTEGER };

/** The ids that a filter means, oldest first; fails where the count, the other order or small pages say otherwise. */
async function idsOf(store: Store, filter: JobFilter): Promise<string[]> {
  const jobs = await store.jobs({ ...filter, order: "oldest", limit: 999 });
  const ids = jobs.map(({ id }) => id);
  const newest = await store.jobs({ ...filter, order: "newest", limit: 999 });
  assertEquals(newest.map(({ id }) => id).toReversed(), ids, "newest first");
  assertEquals(await store.countJobs(filter), ids.length, "the count");
  const paged: string[] = [];
  for (let after = 0;;) {
    const page = await store.jobs({ ...filter, order: "oldest", after, limit: 2 });
    paged.push(...page.map(({ id }) => id));
    if (page.length < 2) break;
    after = page[1]!.seq;
  }
  assertEquals(paged, ids, "in pages of two");
  return ids;
}

export function defineFilters(promise: Promised): void {
  promise("a filter means the jobs of which all its conditions are true", async ({ store, clock }) => {
    await store.enqueue([
      newJob("a", { label: "nightly", meta: { team: "web", run: "1" }, command: "make all" }),
      newJob("b", { queue: "mail", label: "Nightly", meta: { team: "web" } }),
    ]);
    clock.advance(1000);
    const since = clock.ms;
    await store.enqueue([
      newJob("c", { queue: "mail", label: "nightly", command: "MAKE clean" }),
      newJob("d", { meta: { team: "webx", other: "web" } }),
    ]);
    assertEquals(await idsOf(store, {}), ["a", "b", "c", "d"]);
    assertEquals(await idsOf(store, { queue: "mail" }), ["b", "c"]);
    assertEquals(await idsOf(store, { queue: "none" }), []);
    assertEquals(await idsOf(store, { since }), ["c", "d"]);
    assertEquals(await idsOf(store, { since: since + 1 }), []);
    assertEquals(await idsOf(store, { label: "nightly" }), ["a", "c"]);
    assertEquals(await idsOf(store, { label: "night" }), []);
    assertEquals(await idsOf(store, { label: "" }), []);
    assertEquals(await idsOf(store, { meta: { team: "web" } }), ["a", "b"]);
    assertEquals(await idsOf(store, { meta: { team: "web", run: "1" } }), ["a"]);
    assertEquals(await idsOf(store, { meta: { team: "1", run: "web" } }), []);
    assertEquals(await idsOf(store, { commandContains: "make" }), ["a", "c"]);
    assertEquals(await idsOf(store, { commandContains: "Make A" }), ["a"]);
    assertEquals(await idsOf(store, { text: "NIGHT" }), ["a", "b", "c"]);
    assertEquals(await idsOf(store, { text: "make a" }), ["a"]);
    assertEquals(await idsOf(store, { queue: "mail", since, label: "nightly", commandContains: "k" }), ["c"]);
    assertEquals(await idsOf(store, { queue: "mail", label: "nightly", since: since + 1 }), []);
  });

  promise("a filter goes by states and views, also together with others", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue(["failed", "held", "done"].map((id) => newJob(id, { label: "l" })));
    await store.settle(settlement((await claimOne(store, "w"))!, "failed"));
    await claimOne(store, "w");
    await store.settle(settlement((await claimOne(store, "w"))!, "completed"));
    await store.enqueue([newJob("new", { label: "l" }), newJob("other")]);
    assertEquals(await idsOf(store, { state: "pending" }), ["failed", "new", "other"]);
    assertEquals(await idsOf(store, { state: "failed" }), ["failed"]);
    assertEquals(await idsOf(store, { isUnfinished: true }), ["failed", "held", "new", "other"]);
    assertEquals(await idsOf(store, { isUnfinished: true, state: "completed" }), []);
    assertEquals(await idsOf(store, { state: "pending", queue: "default" }), ["failed", "new", "other"]);
    assertEquals(await idsOf(store, { state: "completed", queue: "other" }), []);
    assertEquals(await idsOf(store, { state: "failed", label: "l" }), ["failed"]);
    assertEquals(await idsOf(store, { state: "processing", commandContains: "T" }), ["held"]);
    assertEquals(await idsOf(store, { isUnfinished: true, label: "l" }), ["failed", "held", "new"]);
    assertEquals(await idsOf(store, { text: "EL" }), ["held"]);
    const { lastError } = (await store.job("failed"))!;
    assertEquals(await idsOf(store, { text: lastError!.slice(2) }), ["failed"]);
    assertEquals(await store.countJobs({ text: "ne" }), 2);
  });

  promise("no character in a filter has a meaning of its own", async ({ store }) => {
    const texts = [
      ..."%_\\'\"*?[]{}$.#/:;`",
      "a%b",
      "a_b",
      "axb",
      "\\%",
      "' OR 1=1 --",
      "$.team",
      "\n",
      "ünï",
      "ÜNÏ",
      "ſ",
      "ß",
      "ss",
      "İ",
      "日本",
      "👩‍👩‍👧",
      "x".repeat(3000),
    ];
    await store.enqueue(
      texts.map((text, index) =>
        newJob(`j${index}`, { command: text, label: text, meta: { [text]: "name", value: text } })
      ),
    );
    for (const [index, text] of texts.entries()) {
      const only = [`j${index}`];
      assertEquals(await idsOf(store, { label: text }), only, `label ${text}`);
      assertEquals(await idsOf(store, { meta: { [text]: "name" } }), only, `the name ${text}`);
      assertEquals(await idsOf(store, { meta: { value: text } }), only, `the value ${text}`);
      const holding = texts.flatMap((other, place) => other.includes(text) ? [`j${place}`] : []);
      assertEquals(await idsOf(store, { commandContains: text }), holding, `a command with ${text}`);
    }
  });

  promise("the first jobs in any order are the same as of all of them, sorted", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    const priorities = [3, -1, 3, 0, 7, 0, 2];
    await store.enqueue(
      priorities.map((priority, index) =>
        newJob(`j${index}`, {
          priority,
          due: { at: clock.ms - 7 + (index * 3) % 7 },
          label: index > 4 ? null : "l",
        })
      ),
    );
    for (const outcome of ["completed", "failed", "completed", null] as const) {
      const claimed = (await claimOne(store, "w"))!;
      clock.advance(claimed.job.seq * 100);
      if (outcome !== null) await store.settle(settlement(claimed, outcome));
    }
    clock.advance(50);
    const all = await store.jobs({ order: "oldest", limit: 99 });
    for (const key of jobSortKeys) {
      for (const isDescending of [false, true]) {
        const order = { key, isDescending };
        const sorted = all.toSorted(compareJobs(order, clock.ms)).map(({ id }) => id);
        const ids = async (limit: number, filter: JobFilter = {}) =>
          (await store.firstJobs(filter, { order, limit })).map(({ id }) => id);
        assertEquals(await ids(Infinity), sorted, `${key} ${isDescending}`);
        assertEquals(await ids(1), sorted.slice(0, 1));
        assertEquals(await ids(3, { label: "l" }), sorted.filter((id) => id < "j5").slice(0, 3));
        assertEquals(await ids(3, { queue: "none" }), []);
      }
    }
  });

  promise("a rare match among many jobs is found from both ends", async ({ store }) => {
    const many = Array.from({ length: 10_000 }, (_, index) => newJob(`j${index}`));
    await store.enqueue([
      ...many,
      newJob("rare", { label: "rare" }),
      ...many.map(({ id }) => newJob(`k${id}`)),
    ]);
    const page = { label: "rare", limit: 5 };
    assertEquals((await store.jobs({ ...page, order: "oldest" })).map(({ id }) => id), ["rare"]);
    assertEquals((await store.jobs({ ...page, order: "newest" })).map(({ id }) => id), ["rare"]);
    assertEquals(await store.countJobs({ label: "rare" }), 1);
    const order = { key: "created", isDescending: true } as const;
    const first = await store.firstJobs({}, { order, limit: 2 });
    assertEquals(first.map(({ id }) => id), ["kj9999", "kj9998"]);
    assertEquals((await store.firstJobs({}, { order, limit: Infinity })).length, 20_001);
    const { seq } = (await store.job("rare"))!;
    assertEquals(await store.jobs({ ...page, order: "newest", after: seq }), []);
    assertEquals(await store.jobs({ ...page, order: "oldest", through: seq - 1 }), []);
  });

  promise("what a filter means is cancelled in batches, and the rest is left", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("held"), newJob("done")]);
    const held = (await claimOne(store, "w"))!;
    await store.settle(settlement((await claimOne(store, "w"))!, "completed"));
    const many = Array.from({ length: 1500 }, (_, index) => newJob(`j${index}`, { due: { afterMs: 9000 } }));
    await store.enqueue([...many, newJob("other", { queue: "other" })]);
    const last = (await store.job("other"))!.seq;
    await store.enqueue([newJob("late")]);
    const span = { after: 0, through: last };
    const first = (await store.cancelMany({ queue: "default" }, span))!;
    assertEquals([first.cancelled, first.ending], [999, 1]);
    const second = (await store.cancelMany({ queue: "default" }, { ...span, after: first.last }))!;
    assertEquals([second.cancelled, second.ending], [501, 0]);
    assertEquals(await store.cancelMany({ queue: "default" }, { ...span, after: second.last }), null);
    const job = (await store.job("j1499"))!;
    assertEquals([job.state, job.reason, job.finishedAt], ["cancelled", "cancelled by request", clock.ms]);
    assertEquals(await idsOf(store, { state: "pending" }), ["other", "late"]);
    assertEquals(await store.requests("w"), [{
      run: held.run,
      isWatched: false,
      isCancelled: true,
      signals: [],
    }]);
    assertEquals((await store.job("done"))!.state, "completed");
    assertEquals((await store.settle(settlement(held, "failed")))!.state, "cancelled");
    assertEquals((await store.counts()).byState.cancelled, 1501);
    assertEquals(await store.check(), []);
  });

  promise(
    "a job that has another state by then is cancelled only if the filter still means it",
    async ({ store, another }) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([newJob("a"), newJob("b"), newJob("c", { label: "l" })]);
      const other = await another();
      // As if it happened between the search and the write.
      const { jobs } = store;
      store.jobs = async (page) => {
        const found = await jobs.call(store, page);
        await claimOne(other, "w");
        return found;
      };
      const batch = (await store.cancelMany({ state: "pending" }, everything))!;
      assertEquals([batch.cancelled, batch.ending], [2, 0]);
      store.jobs = jobs;
      const states = (await store.jobs({ order: "oldest", limit: 9 })).map((
        job,
      ) => [job.state, job.isCancelRequested]);
      assertEquals(states, [["processing", false], ["cancelled", false], ["cancelled", false]]);
      assertEquals(await store.cancelMany({ state: "cancelled" }, everything), null);
    },
  );
}
