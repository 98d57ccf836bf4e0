/** What every store promises about webhooks: each end is told once, as it was. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { QueueError } from "../../src/core/errors.ts";
import type { NewJob } from "../../src/core/job.ts";
import { webhooksQueue } from "../../src/core/queue.ts";
import { deliveryOf, type WebhookEvent } from "../../src/core/webhook_delivery.ts";
import type { Store } from "../../src/store/store.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import { after, end, passAll } from "../support/waiting_jobs.ts";
import type { Promised } from "./stage.ts";

const url = "https://ci.example/hook";

/** A job with a webhook that has one attempt. */
const told = (id: string, fields: Partial<NewJob> = {}) =>
  newJob(id, { webhook: url, maxRetries: 1, ...fields });

/** Passes all on that there is; the events, in the order of their jobs' ids and then of their ends. */
async function passOn(store: Store): Promise<WebhookEvent[]> {
  const events: WebhookEvent[] = [];
  const make = (event: WebhookEvent) => {
    events.push(event);
    return deliveryOf(event, new TextEncoder().encode(event.job.state));
  };
  while (await store.passOnWebhooks(make) > 0);
  return events.toSorted((one, other) => one.job.seq - other.job.seq || (one.id < other.id ? -1 : 1));
}

const ends = (events: readonly WebhookEvent[]) => events.map(({ job }) => `${job.id} ${job.state}`);

const claimDelivery = (store: Store) =>
  store.claim({ workerId: "w", queues: [webhooksQueue], limit: 1, newMark: () => "m" });

export function defineWebhooks(promise: Promised): void {
  promise("every way to end is told to a job's webhook, and nothing else is", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([told("done"), told("dead"), told("again", { maxRetries: 2 }), newJob("silent")]);
    await end(store);
    await end(store, "failed");
    await end(store, "failed");
    await end(store);
    await store.cancel("again");
    const unique = { key: "k", forMs: null, onConflict: "replace" } as const;
    await store.enqueue([
      told("expired", { expires: { afterMs: 10 } }),
      told("run"),
      told("child", { after: [{ parentId: "run", awaits: "completed" }] }),
      told("below", { after: [{ parentId: "child", awaits: "completed" }] }),
      told("late", { after: [{ parentId: "dead", awaits: "completed" }] }),
      told("old", { unique }),
    ]);
    await store.enqueue([told("new", { unique, due: { afterMs: 1000 } })]);
    clock.advance(10);
    await store.expireDue();
    const run = (await claimOne(store, "w"))!;
    await store.cancel(run.job.id);
    const settled = (await store.settle(settlement(run, "cancelled")))!;
    assertEquals([run.job.id, settled.hasEnds], ["run", true]);
    await passAll(store);
    assertEquals((await store.probe("w", [])).hasEnds, true);
    assertEquals(ends(await passOn(store)), [
      "done completed",
      "dead dead",
      "again cancelled",
      "expired cancelled",
      "run cancelled",
      "child cancelled",
      "below cancelled",
      "late cancelled",
      "old cancelled",
    ]);
    assertEquals((await store.probe("w", [])).hasEnds, await store.passOnDeaths(null) > 0);
    assertEquals([(await store.probe("w", [])).hasEnds, await passOn(store)], [false, []]);
  });

  promise("what is told is the job as it was, though it runs again or is gone", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([told("a", { env: { A: "ä" }, meta: { owner: "ada" }, cwd: null }), told("b")]);
    const claimed = (await claimOne(store, "w"))!;
    clock.advance(5);
    await store.settle(settlement(claimed, "failed", { exitCode: 7, error: "ünïcödé \"'\n" }));
    const dead = (await store.job("a"))!;
    clock.advance(5);
    // Three ends of one job, before anybody has told of the first.
    await store.retry({ id: "a", from: "dead" });
    await store.cancel("a");
    await store.retry({ id: "a", from: "any" });
    await store.cancel("a");
    await store.remove("a");
    await store.cancel("b");
    await store.removeFinished({ seqs: [(await store.job("b"))!.seq], filter: { state: "cancelled" } });
    assertEquals(await store.job("b"), null);
    const events = await passOn(store);
    assertEquals(ends(events), ["a dead", "a cancelled", "a cancelled", "b cancelled"]);
    assertEquals(events[0]!.job, dead);
    assertEquals(new Set(events.map(({ id }) => id)).size, 4);
    for (const event of events) {
      assertEquals(event.url, url);
      assert(/^wh_[0-9a-f]{27}$/.test(event.id), event.id);
      const job = (await store.job(event.id))!;
      assertEquals([job.hookOf, job.webhook, job.queue], [event.job.id, url, webhooksQueue]);
      assertEquals(await store.input(job.seq), { content: new TextEncoder().encode(event.job.state) });
    }
  });

  promise("a queue's webhook is for its jobs that name none, from when it is set", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    const own = "http://127.0.0.1:8080/own";
    await store.enqueue([newJob("early"), newJob("a"), told("b", { webhook: own }), newJob("c")]);
    await end(store);
    await store.changeQueue("default", { webhook: url });
    await store.changeQueue("other", { limit: 1 });
    await store.enqueue([newJob("elsewhere", { queue: "other" })]);
    await store.cancel("elsewhere");
    await end(store);
    await store.cancel("b");
    await store.renameQueue("default", "renamed");
    await store.cancel("c");
    const events = await passOn(store);
    assertEquals(events.map(({ job, url }) => [job.id, url]), [["a", url], ["b", own], ["c", url]]);
    const changed = await store.changeQueue("renamed", { webhook: null });
    assertEquals([changed.webhook, (await store.queues()).map(({ queue }) => queue.webhook)], [
      null,
      [null, null, null].slice(0, (await store.queues()).length),
    ]);
  });

  promise("what an end has enqueued tells of none, and no hook of a death is for it", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.changeQueue(webhooksQueue, { state: "draining" });
    await store.enqueue([told("a"), newJob("hook", { hookOf: "x", maxRetries: 1 })]);
    await store.changeQueue("default", { webhook: url });
    await end(store);
    await end(store, "failed");
    assertEquals(ends(await passOn(store)), ["a completed"]);
    const [delivery] = (await claimDelivery(store)).claimed!;
    // 410: its rules make it dead at once.
    const settled = (await store.settle(settlement(delivery!, "failed", { exitCode: 3 })))!;
    assertEquals([settled.state, settled.hasEnds], ["dead", false]);
    assertEquals([await passOn(store), await store.passOnDeaths(null)], [[], 0]);
  });

  promise("one failed attempt after the other, for three days", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([told("a")]);
    await end(store);
    await passOn(store);
    const from = clock.ms;
    let attempts = 0;
    for (let state = "pending"; state === "pending"; attempts++) {
      const [delivery] = (await claimDelivery(store)).claimed!;
      const settled = (await store.settle(settlement(delivery!, "failed", { exitCode: 1 })))!;
      state = settled.state;
      if (state === "pending") clock.ms = settled.runAt;
    }
    const days = (clock.ms - from) / 86_400_000;
    assertEquals(attempts, 10);
    assert(days > 2.5 && days < 3.5, String(days));
  });

  promise(
    "of two that pass them on at once, each tells of its own, and all are told",
    async ({ store, another }) => {
      const other = await another();
      await store.enqueue(Array.from({ length: 250 }, (_, index) => told(`j${index}`)));
      await Promise.all(
        [store, other].map((each) => each.cancelMany({ queue: "default" }, { after: 0, through: 9999 })),
      );
      const events = (await Promise.all([passOn(store), passOn(other)])).flat();
      assertEquals(events.length, 250);
      assertEquals(new Set(events.map(({ job }) => job.id)).size, 250);
      assertEquals((await store.queue(webhooksQueue))!.byState.pending, 250);
    },
  );

  promise("a worker of any queue is told when there is something to post", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w", { queues: ["video"], tags: ["gpu"], concurrency: 3 }));
    const hasDeliveries = async () => (await store.probe("w", ["video"])).hasDeliveries;
    await store.enqueue([told("a"), newJob("later", { due: { afterMs: 5 } })]);
    await store.cancel("a");
    assertEquals(await hasDeliveries(), false);
    await passOn(store);
    assertEquals([await hasDeliveries(), (await store.probe("w", ["video"])).ready], [true, false]);
    const [delivery] = (await claimDelivery(store)).claimed!;
    assertEquals(await hasDeliveries(), false);
    const { runAt } = (await store.settle(settlement(delivery!, "failed", { exitCode: 1 })))!;
    clock.advance(5);
    assertEquals(await hasDeliveries(), false);
    clock.ms = runAt;
    assertEquals(await hasDeliveries(), true);
    assertEquals((await claimDelivery(store)).claimed!.length, 1);
  });

  promise("while its queue is moved, nothing is passed on to webhooks", async ({ store }) => {
    await store.enqueue([told("a"), after("b", "a")]);
    await store.cancel("a");
    await store.changeMove({ from: null, to: { id: "m", phase: "copying", other: "x" }, lastSeq: 0 });
    await assertRejects(() => passOn(store), QueueError, "is being moved");
  });
}
