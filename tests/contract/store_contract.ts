/**
 * What every store promises, as tests. Each adapter and driver runs all of it:
 *
 *     defineStoreContract("sqlite on node:sqlite", open)
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DuplicateJob } from "../../src/core/errors.ts";
import type { Store } from "../../src/store/store.ts";
import { FixedClock } from "../support/fixed_clock.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import { defineChanging } from "./change_contract.ts";
import { defineClaiming } from "./claim_contract.ts";
import { defineDeadLetters } from "./dead_letter_contract.ts";
import { defineDependencies } from "./dependency_contract.ts";
import { defineEditing } from "./edit_contract.ts";
import { defineFilters } from "./filter_contract.ts";
import { defineExpiring } from "./expiry_contract.ts";
import { defineKeyLimits } from "./key_limit_contract.ts";
import { defineLimits } from "./limit_contract.ts";
import { defineInputs } from "./input_contract.ts";
import { defineLimitRaces } from "./limit_race_contract.ts";
import { defineMoving } from "./move_contract.ts";
import { defineWaiting } from "./wait_contract.ts";
import { defineProgress } from "./progress_contract.ts";
import { defineQueues } from "./queue_contract.ts";
import { defineRequests } from "./request_contract.ts";
import { defineRevivals } from "./revival_contract.ts";
import { defineRules } from "./rules_contract.ts";
import { defineSettling } from "./settle_contract.ts";
import { defineSignals } from "./signal_contract.ts";
import { defineStatistics } from "./statistics_contract.ts";
import type { Promised, Stage } from "./stage.ts";
import { defineUnique } from "./unique_contract.ts";
import { defineWebhooks } from "./webhook_contract.ts";
import { defineTakingOver, defineWorkers } from "./worker_contract.ts";

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
  defineRequests(promise);
  defineLimits(promise);
  defineKeyLimits(promise);
  defineLimitRaces(promise);
  defineSettling(promise);
  defineRules(promise);
  defineChanging(promise);
  defineEditing(promise);
  defineInputs(promise);
  defineProgress(promise);
  defineSignals(promise);
  defineFilters(promise);
  defineExpiring(promise);
  defineUnique(promise);
  defineDeadLetters(promise);
  defineDependencies(promise);
  defineRevivals(promise);
  defineWebhooks(promise);
  defineWorkers(promise);
  defineTakingOver(promise);
  defineMoving(promise);
  defineWaiting(promise);
  defineQueues(promise);
  defineStatistics(promise);
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
      slots: 2,
      resources: { gpu: 1 },
      priorityStepMs: 3_600_000,
      hookOf: "another",
      webhook: "https://ci.example/hook",
      traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      timeoutMs: 60_000,
      killAfterMs: 0,
      priority: -7,
      maxRetries: 9,
      rules,
      key: "k",
      label: "the ünïcödé one",
      meta: { owner: "ada", ticket: "42" },
      due: { afterMs: 5000 },
      expires: { afterMs: 60_000 },
    });
    assertEquals(await store.enqueue([wanted]), [
      { id: "a", state: "pending", conflict: null, runAt: clock.ms + 5000, expiresAt: clock.ms + 60_000 },
    ]);
    const job = (await (await another()).job("a"))!;
    assertEquals(job, {
      seq: job.seq,
      id: "a",
      queue: "default",
      key: "k",
      state: "pending",
      reason: null,
      priority: -7,
      priorityStepMs: 3_600_000,
      command: wanted.command,
      argv: wanted.argv,
      cwd: "/some/where",
      env: { A: "1", EMPTY: "" },
      stdinBytes: null,
      needs: ["gpu", "linux"],
      slots: 2,
      resources: { gpu: 1 },
      maxRetries: 9,
      timeoutMs: 60_000,
      killAfterMs: 0,
      isCancelRequested: false,
      rules,
      label: "the ünïcödé one",
      meta: { owner: "ada", ticket: "42" },
      expiresAt: clock.ms + 60_000,
      openParents: 0,
      brokenBy: null,
      uniqueKey: null,
      hookOf: "another",
      webhook: "https://ci.example/hook",
      traceparent: wanted.traceparent!,
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
