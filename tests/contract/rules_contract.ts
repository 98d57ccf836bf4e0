/** What every store promises about jobs that say themselves what their outcomes mean and when they are tried again. */

import { assertEquals } from "@std/assert";
import type { JobRules } from "../../src/core/job.ts";
import type { Outcome, RunEnding } from "../../src/core/run.ts";
import { retryAllDead } from "../support/retry_all_dead.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised, Stage } from "./stage.ts";

/** Stores one job with these rules, with a worker for it. */
async function begin({ store }: Stage, rules: JobRules | null, maxRetries = 3): Promise<void> {
  await store.registerWorker(newWorker("w"));
  await store.enqueue([newJob("a", { rules, maxRetries })]);
}

async function end({ store }: Stage, outcome: Outcome, fields: Partial<RunEnding> = {}) {
  await store.settle(settlement((await claimOne(store, "w"))!, outcome, fields));
  return (await store.job("a"))!;
}

export function defineRules(promise: Promised): void {
  promise("rules come with the claim, with an adopted run, and job by job", async (stage) => {
    const { store } = stage;
    const rules = { okCodes: [3], maxSnoozes: 7, snoozeCodes: [75] };
    await begin(stage, rules);
    await store.enqueue([newJob("b")]);
    const claimed = (await claimOne(store, "w"))!;
    assertEquals([claimed.job.rules, claimed.job.snoozes], [rules, 0]);
    assertEquals((await store.heldRun(claimed.job.seq))!.job.rules, rules);
    assertEquals((await store.orphans("w"))[0]!.job.rules, rules);
    assertEquals((await claimOne(store, "w"))!.job.rules, null);
    assertEquals((await store.jobs({ order: "oldest", limit: 9 })).map((job) => job.rules), [rules, null]);
  });

  promise("of many jobs at once each keeps its own rules", async ({ store }) => {
    const rulesOf = (index: number) => index % 7 === 0 ? { okCodes: [index % 256] } : null;
    await store.enqueue(Array.from({ length: 120 }, (_, i) => newJob(`j${i}`, { rules: rulesOf(i) })));
    const jobs = await store.jobs({ order: "oldest", limit: 999 });
    assertEquals(jobs.map((job) => job.rules), jobs.map((_, index) => rulesOf(index)));
  });

  promise("a snoozed job comes back later, and nothing is charged", async (stage) => {
    const { store, clock } = stage;
    await begin(stage, { snoozeCodes: [75], snoozeMs: 5000 });
    await end(stage, "crashed");
    for (const snoozes of [1, 2]) {
      const job = await end(stage, "snoozed", { exitCode: 75, error: "exit code 75" });
      assertEquals([job.state, job.attempts, job.snoozes, job.crashes], ["pending", 0, snoozes, 0]);
      assertEquals([job.runAt, job.exitCode, job.lastError], [clock.ms + 5000, 75, "exit code 75"]);
      assertEquals([job.reason, job.finishedAt], [null, null]);
      const counts = await store.counts();
      assertEquals([counts.byState.pending, counts.failed, counts.delayed], [1, 0, 1]);
      assertEquals(await store.jobs({ state: "failed", order: "newest", limit: 9 }), []);
      clock.advance(4999);
      assertEquals(await claimOne(store, "w"), null);
      clock.advance(1);
    }
    const failed = await end(stage, "failed");
    assertEquals([failed.attempts, failed.snoozes], [1, 2]);
    const { seq } = failed;
    const outcomes = (await store.runs(seq)).map((run) => [run.outcome, run.exitCode]);
    assertEquals(outcomes, [["crashed", null], ["snoozed", 75], ["snoozed", 75], ["failed", 1]]);
  });

  promise("one of its dead_codes makes a job dead at once, and is its reason", async (stage) => {
    const { store, clock } = stage;
    await begin(stage, { deadCodes: [64] });
    const job = await end(stage, "failed", { exitCode: 64 });
    assertEquals([job.state, job.attempts, job.finishedAt], ["dead", 1, clock.ms]);
    assertEquals(job.reason, "exit code 64 is one of its dead_codes");
    assertEquals((await store.counts()).byState.dead, 1);
    await store.retry({ id: "a", from: "dead" });
    assertEquals((await end(stage, "failed", { exitCode: 65 })).state, "pending");
  });

  promise("a job's own waits go before those of the settlement", async (stage) => {
    const { clock } = stage;
    await begin(stage, { waits: [1000, 7000] }, 9);
    const waits = [];
    for (let tries = 0; tries < 3; tries++) {
      const { runAt } = await end(stage, "failed");
      waits.push(runAt - clock.ms);
      clock.ms = runAt;
    }
    assertEquals(waits, [1000, 7000, 7000]);
  });

  promise("a job whose next attempt would begin after its retry_until is dead", async (stage) => {
    const { store, clock } = stage;
    await begin(stage, { retryUntil: clock.ms + 3000 }, 9);
    assertEquals((await end(stage, "failed")).state, "pending");
    clock.advance(2000);
    const job = await end(stage, "failed");
    assertEquals([job.state, job.attempts], ["dead", 2]);
    assertEquals(job.reason, "its next attempt would begin after its retry_until");
    clock.advance(9000);
    await store.retry({ id: "a", from: "dead" });
    assertEquals((await end(stage, "handed_back")).state, "pending", "one attempt may always be made");
    assertEquals((await end(stage, "failed")).state, "dead");
  });

  promise("a dead job that is retried has all its snoozes again", async (stage) => {
    const { store, clock } = stage;
    await begin(stage, { snoozeCodes: [75] }, 1);
    for (const retry of [() => store.retry({ id: "a", from: "dead" }), () => retryAllDead(store)]) {
      assertEquals((await end(stage, "snoozed")).snoozes, 1);
      clock.advance(60_000);
      const dead = await end(stage, "failed");
      assertEquals([dead.state, dead.snoozes], ["dead", 1]);
      await retry();
      assertEquals((await store.job("a"))!.snoozes, 0);
    }
  });
}
