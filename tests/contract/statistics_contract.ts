/** What every store promises about its statistics. */

import { assertEquals } from "@std/assert";
import { bucketOf } from "../../src/core/buckets.ts";
import type { Outcome } from "../../src/core/run.ts";
import {
  keepMinutesMs,
  keepStatisticsMs,
  lengthMeasures,
  mostPrograms,
  otherPrograms,
  spans,
} from "../../src/store/statistics.ts";
import type { Statistics } from "../../src/store/statistics.ts";
import type { Store } from "../../src/store/store.ts";
import type { FixedClock } from "../support/fixed_clock.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

const hour = 3_600_000;

interface Given {
  readonly queue?: string;
  readonly command?: string;
  readonly waitMs?: number;
  readonly runMs?: number;
  readonly outcome?: Outcome;
}

/** Enqueues a job, starts it after a while, and settles it after another. */
async function runJob(store: Store, clock: FixedClock, id: string, given: Given = {}): Promise<void> {
  const { queue = "default", command = "true", waitMs = 0, runMs = 0, outcome = "completed" } = given;
  await store.enqueue([newJob(id, { queue, command, maxRetries: 1 })]);
  clock.advance(waitMs);
  const { claimed } = await store.claim({ workerId: "w", queues: [queue], limit: 1, newMark: () => "m" });
  clock.advance(runMs);
  await store.settle(settlement(claimed![0]!, outcome));
}

/** Outcomes by group, without their times. */
function summed({ groups }: Statistics): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { group, outcomes } of groups) {
    for (const { outcome, state, count } of outcomes) {
      const name = `${group} ${outcome} ${state}`;
      sums[name] = (sums[name] ?? 0) + count;
    }
  }
  return sums;
}

function lengthsOf({ groups }: Statistics): Record<string, unknown> {
  return Object.fromEntries(groups.flatMap(({ group, lengths }) =>
    lengthMeasures.flatMap((measure) => {
      const { counts, totalMs } = lengths[measure];
      return counts.size === 0 ? [] : [[`${group} ${measure}`, [Object.fromEntries(counts), totalMs]]];
    })
  ));
}

function total(statistics: Statistics): number {
  return Object.values(summed(statistics)).reduce((sum, count) => sum + count, 0);
}

export function defineStatistics(promise: Promised): void {
  promise("runs are counted by queue and by program, with how long they waited and took", async (stage) => {
    const { store, clock, another } = stage;
    await store.registerWorker(newWorker("w"));
    assertEquals(await store.statistics({ from: clock.ms - hour, by: "queue" }).then(total), 0);
    await runJob(store, clock, "a", { waitMs: 250, runMs: 4000 });
    await runJob(store, clock, "b", { waitMs: 250, runMs: 40, command: "/opt/ffmpeg -i x" });
    await runJob(store, clock, "c", { queue: "mail", runMs: 4000, outcome: "timeout" });
    const read = await another();
    const byQueue = await read.statistics({ from: clock.ms - hour, by: "queue" });
    assertEquals(summed(byQueue), { "default completed completed": 2, "mail timeout dead": 1 });
    assertEquals(lengthsOf(byQueue), {
      "default run": [{ [bucketOf(40)]: 1, [bucketOf(4000)]: 1 }, 4040],
      "default wait": [{ [bucketOf(250)]: 2 }, 500],
      "mail run": [{ [bucketOf(4000)]: 1 }, 4000],
      "mail wait": [{ 0: 1 }, 0],
    });
    assertEquals(summed(await read.statistics({ from: clock.ms - hour, by: "command" })), {
      "true completed completed": 1,
      "ffmpeg completed completed": 1,
      "true timeout dead": 1,
    });
    const ever = await read.statistics({ from: null, by: "queue" });
    assertEquals([summed(ever), ever.spans], [summed(byQueue), []]);
  });

  promise("how long runs waited and took is told of each span, all groups together", async (stage) => {
    const { store, clock } = stage;
    await store.registerWorker(newWorker("w"));
    clock.advance(spans.halfHour - clock.ms % spans.halfHour);
    const start = clock.ms;
    await runJob(store, clock, "a", { runMs: 40 });
    await runJob(store, clock, "b", { queue: "mail", command: "mail", runMs: 40 });
    clock.advance(2 * spans.minute);
    await runJob(store, clock, "c", { waitMs: 250, runMs: 4000 });
    const told = async () => {
      const { spans } = await store.statistics({ from: start, by: "queue" });
      return spans.map(({ at, lengths: { wait, run } }) => [
        at - start,
        Object.fromEntries(wait.counts),
        Object.fromEntries(run.counts),
      ]);
    };
    const expected = [
      [0, { 0: 2 }, { [bucketOf(40)]: 2 }],
      [2 * spans.minute, { [bucketOf(250)]: 1 }, { [bucketOf(4000)]: 1 }],
    ];
    assertEquals(await told(), expected);
    clock.advance(10 * spans.minute);
    await store.foldStatistics();
    assertEquals(await told(), expected);
  });

  promise("a later run of a job waits from when it is due again", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("j", { due: { afterMs: 1000 } })]);
    clock.advance(1500);
    const first = (await claimOne(store, "w"))!;
    const backoff = { waits: "fixed", base: 10, maxMs: null, jitter: 0 } as const;
    await store.settle({ ...settlement(first, "failed"), backoff });
    clock.advance(10_000 + 63);
    await store.settle(settlement((await claimOne(store, "w"))!, "completed"));
    const { lengths, outcomes } = (await store.statistics({ from: clock.ms - hour, by: "queue" })).groups[0]!;
    assertEquals([lengths.wait.totalMs, lengths.retry_wait.totalMs], [500, 63]);
    assertEquals(outcomes.map(({ outcome, state }) => `${outcome} ${state}`).toSorted(), [
      "completed completed",
      "failed pending",
    ]);
  });

  promise("a span begins with the minute or half hour in which it begins", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    clock.advance(spans.halfHour - clock.ms % spans.halfHour);
    const start = clock.ms;
    await runJob(store, clock, "old");
    clock.advance(spans.minute);
    await runJob(store, clock, "new", { outcome: "failed" });
    const short = await store.statistics({ from: start + spans.minute + 1, by: "queue" });
    assertEquals([short.from, short.now], [start + spans.minute, clock.ms]);
    assertEquals(short.groups[0]!.outcomes.map(({ at, outcome }) => [at, outcome]), [[
      start + spans.minute,
      "failed",
    ]]);
    assertEquals(total(await store.statistics({ from: start + spans.minute - 1, by: "queue" })), 2);
    assertEquals(
      (await store.statistics({ from: clock.ms - 24 * hour - 5, by: "queue" })).from! % spans.halfHour,
      0,
    );
  });

  promise("folding loses no run, and what is too old remains in the totals", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w"));
    for (const id of ["a", "b", "c"]) {
      await runJob(store, clock, id, { runMs: 1000, outcome: id === "b" ? "failed" : "completed" });
      clock.advance(40 * 60_000);
    }
    const before = await store.statistics({ from: clock.ms - 24 * hour, by: "queue" });
    const ever = await store.statistics({ from: null, by: "queue" });
    for (let times = 0; times < 10; times++) {
      await store.foldStatistics();
      const read = await store.statistics({ from: clock.ms - 24 * hour, by: "queue" });
      assertEquals(summed(read), summed(before));
      assertEquals(lengthsOf(read), lengthsOf(before));
      assertEquals(summed(await store.statistics({ from: null, by: "queue" })), summed(ever));
      clock.advance(keepMinutesMs / 6);
    }
    await runJob(store, clock, "d");
    clock.advance(keepStatisticsMs - hour);
    await store.foldStatistics();
    assertEquals(total(await store.statistics({ from: 0, by: "queue" })), 1);
    clock.advance(2 * hour);
    assertEquals(total(await store.statistics({ from: 0, by: "queue" })), 0);
    await runJob(store, clock, "e");
    clock.advance(keepMinutesMs + spans.halfHour);
    await store.foldStatistics();
    assertEquals(total(await store.statistics({ from: 0, by: "queue" })), 1);
    assertEquals(summed(await store.statistics({ from: null, by: "queue" })), {
      "default completed completed": 4,
      "default failed dead": 1,
    });
  });

  promise(
    "statistics outlive the jobs, and go with a queue that gets another name",
    async ({ store, clock }) => {
      await store.registerWorker(newWorker("w"));
      await runJob(store, clock, "a", { queue: "old" });
      await runJob(store, clock, "b", { queue: "gone" });
      await store.remove("b");
      await store.renameQueue("old", "gone");
      assertEquals(summed(await store.statistics({ from: clock.ms - hour, by: "queue" })), {
        "gone completed completed": 2,
      });
      await store.remove("a");
      assertEquals(await store.statistics({ from: null, by: "queue" }).then(total), 2);
    },
  );

  promise("not more programs are told apart than can be read at once", async ({ store, clock, another }) => {
    await store.registerWorker(newWorker("w"));
    clock.advance(spans.halfHour - clock.ms % spans.halfHour);
    // As two processes count them.
    const stores = [store, await another()];
    for (let index = 0; index < mostPrograms + 20; index++) {
      await runJob(stores[index % 2]!, clock, `j${index}`, { command: `./job-${index}.sh` });
    }
    await runJob(store, clock, "often", { command: "./job-0.sh" });
    clock.advance(keepMinutesMs + 2 * spans.halfHour);
    await store.foldStatistics();
    const sums = summed(await store.statistics({ from: clock.ms - 24 * hour, by: "command" }));
    assertEquals(Object.keys(sums).length, mostPrograms + 1);
    assertEquals(sums["job-0.sh completed completed"], 2);
    assertEquals(sums[`${otherPrograms} completed completed`], 20);
  });

  promise(
    "the oldest that waits is found behind any priority, and where nobody has let it in",
    async (stage) => {
      const { store, clock } = stage;
      assertEquals(await store.oldestWaiting(), []);
      const start = clock.ms;
      await store.enqueue([newJob("delayed", { due: { afterMs: 50 }, queue: "later" })]);
      await store.enqueue([newJob("low", { priority: -3 }), newJob("low2", { priority: -3 })]);
      clock.advance(10);
      await store.enqueue([
        newJob("high", { priority: 900 }),
        newJob("mid"),
        newJob("gpu", { needs: ["gpu"] }),
      ]);
      clock.advance(10);
      await store.enqueue([newJob("mail", { queue: "mail" }), newJob("high2", { priority: 900 })]);
      assertEquals(await store.oldestWaiting(), [
        { queue: "default", id: "low", dueAt: start },
        { queue: "mail", id: "mail", dueAt: start + 20 },
      ]);
      clock.advance(50);
      assertEquals((await store.oldestWaiting()).at(-1), {
        queue: "later",
        id: "delayed",
        dueAt: start + 50,
      });
      await store.registerWorker(newWorker("w"));
      for (let count = 0; count < 5; count++) await claimOne(store, "w");
      assertEquals((await store.oldestWaiting()).find(({ queue }) => queue === "default")!.dueAt, start + 10);
    },
  );

  promise("a run that another worker takes over is a lost lease", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.registerWorker(newWorker("heir"));
    await store.enqueue([newJob("j")]);
    const { run } = (await claimOne(store, "w"))!;
    assertEquals(await store.lostLeases(), 0);
    await store.removeWorker("w");
    const taken = (await store.takeOver(run, "heir"))!;
    assertEquals(await store.lostLeases(), 1);
    await store.takeOver(taken, "heir");
    assertEquals(await store.lostLeases(), 1);
  });
}
