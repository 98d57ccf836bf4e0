/** What every store promises about jobs that are over: found by their end, retried at a pace, deleted. */

import { assert, assertEquals } from "@std/assert";
import type { NewJob } from "../../src/core/job.ts";
import type { JobFilter } from "../../src/store/job_filter.ts";
import type { Store } from "../../src/store/store.ts";
import type { FixedClock } from "../support/fixed_clock.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

async function die(
  store: Store,
  id: string,
  how: { exitCode: number | null; error: string },
  fields: Partial<NewJob> = {},
) {
  await store.enqueue([newJob(id, { maxRetries: 1, ...fields })]);
  const request = { workerId: "w", queues: ["default", "other"], limit: 1, newMark: () => `m${id}` };
  const [claimed] = (await store.claim(request)).claimed!;
  await store.settle(settlement(claimed!, "failed", how));
}

async function found(store: Store, filter: JobFilter): Promise<string> {
  const jobs = await store.jobs({ ...filter, order: "oldest", limit: 100 });
  assertEquals(await store.countJobs(filter), jobs.length);
  return jobs.map(({ id }) => id).join();
}

async function seqsOf(store: Store, filter: JobFilter): Promise<number[]> {
  return (await store.jobs({ ...filter, order: "oldest", limit: 100 })).map(({ seq }) => seq);
}

/** a, b, c die a second after one another, then d completes and e is cancelled. */
async function populate(store: Store, clock: FixedClock): Promise<number> {
  await store.registerWorker(newWorker("w", { queues: ["default", "other"] }));
  const begin = clock.ms;
  await die(store, "a", { exitCode: 1, error: "exit code 1: No Route to host" });
  clock.advance(1000);
  await die(store, "b", { exitCode: 2, error: "exit code 2" }, { command: "ping HOST", queue: "other" });
  clock.advance(1000);
  await die(store, "c", { exitCode: null, error: "it was ended by SIGKILL" });
  clock.advance(1000);
  await store.enqueue([newJob("d"), newJob("e")]);
  await store.settle(settlement((await claimOne(store, "w"))!, "completed"));
  await store.cancel("e");
  return begin;
}

export function defineDeadLetters(promise: Promised): void {
  promise("jobs that are over are found by when and how they ended", async ({ store, clock }) => {
    const begin = await populate(store, clock);
    const dead = { state: "dead" } as const;
    assertEquals(await found(store, dead), "a,b,c");
    assertEquals(await found(store, { ...dead, finishedUntil: begin + 1000 }), "a,b");
    assertEquals(await found(store, { ...dead, finishedUntil: begin + 999 }), "a");
    assertEquals(await found(store, { ...dead, finishedSince: begin + 1000 }), "b,c");
    assertEquals(await found(store, { finishedSince: begin + 3000 }), "d,e");
    assertEquals(await found(store, { ...dead, exitCode: 2 }), "b");
    assertEquals(await found(store, { exitCode: 0 }), "d");
    assertEquals(await found(store, { ...dead, contains: "hOsT" }), "a,b");
    assertEquals(await found(store, { ...dead, contains: "hOsT", queue: "other" }), "b");
    assertEquals(await found(store, { ...dead, contains: "%" }), "");
    assertEquals(await store.countJobs(dead, (await store.job("b"))!.seq), 2);
    // A job that waits has no end, whatever it had.
    await store.retry({ id: "a", from: "dead" });
    assertEquals(await found(store, { finishedUntil: begin + 1000 }), "b");
  });

  promise("dead jobs are retried one after the other at a pace", async ({ store, clock }) => {
    await populate(store, clock);
    const filter = { state: "dead" } as const;
    const seqs = await seqsOf(store, filter);
    const due = { at: clock.ms, stepMs: 333.4 };
    assertEquals(await store.retryDead({ seqs, filter, due }), { retried: 3, withoutKey: 0 });
    const jobs = await store.jobsOf(["a", "b", "c"]);
    assertEquals(jobs.map((job) => job!.runAt - clock.ms), [0, 333, 666]);
    assertEquals(jobs.map((job) => [job!.state, job!.attempts, job!.finishedAt]), [
      ["pending", 0, null],
      ["pending", 0, null],
      ["pending", 0, null],
    ]);
    assertEquals((await store.counts()).delayed, 2);
    const claim = async () => {
      const request = { workerId: "w", queues: ["default", "other"], limit: 9, newMark: () => "m" };
      return (await store.claim(request)).claimed!.map(({ job }) => job.id).join();
    };
    assertEquals(await claim(), "a");
    clock.advance(500);
    assertEquals(await claim(), "b");
    // Not dead any more.
    assertEquals(await store.retryDead({ seqs, filter, due: null }), { retried: 0, withoutKey: 0 });
  });

  promise("what a filter does not mean any more is not retried", async ({ store, clock }) => {
    await populate(store, clock);
    const seqs = await seqsOf(store, {});
    const filter = { state: "dead", exitCode: 2 } as const;
    assertEquals(await store.retryDead({ seqs, filter, due: null }), { retried: 1, withoutKey: 0 });
    assertEquals((await store.job("b"))!.state, "pending");
  });

  promise("jobs that are over are deleted with all that is theirs, others are not", async (stage) => {
    const { store, clock } = stage;
    const begin = await populate(store, clock);
    await store.enqueue([newJob("waits"), newJob("big")]);
    const waiting = (await claimOne(store, "w"))!;
    const large = { stdout: { tail: Uint8Array.of(1), bytes: 70_000 } };
    await store.settle(settlement((await claimOne(store, "w"))!, "completed", large));
    const seqs = await seqsOf(store, {});
    const filter = { finishedUntil: begin + 3000 };
    const { removed, runs } = await store.removeFinished({ seqs, filter });
    assertEquals(removed, 6);
    // Only of large output files may be left.
    assertEquals(runs.map(({ mark }) => mark), ["m"]);
    assertEquals(await found(store, {}), "waits");
    const { byState } = await store.counts();
    assertEquals([byState.dead, byState.completed, byState.cancelled, byState.processing], [0, 0, 0, 1]);
    assertEquals(await store.removeFinished({ seqs, filter }), { removed: 0, runs: [], inputFiles: [] });
    await store.settle(settlement(waiting, "completed"));
  });

  promise("a job whose unique key is taken for a time is not deleted meanwhile", async (stage) => {
    const { store, clock } = stage;
    const unique = { key: "k", forMs: 1000, onConflict: "keep" } as const;
    await store.enqueue([newJob("a", { unique })]);
    await store.cancel("a");
    const seqs = await seqsOf(store, {});
    const spent = async () => await store.countJobs({ spentAt: await store.now() });
    assertEquals([await spent(), (await store.removeFinished({ seqs, filter: {} })).removed], [0, 0]);
    clock.advance(1000);
    assertEquals([await spent(), (await store.removeFinished({ seqs, filter: {} })).removed], [1, 1]);
  });

  promise("room is given back in steps until none is left", async ({ store }) => {
    const command = "x".repeat(10_000);
    await store.enqueue(Array.from({ length: 500 }, (_, index) => newJob(`j${index}`, { command })));
    for (let at = 0; await store.cancelMany({}, { after: at, through: 1e6 }) !== null; at += 1000);
    const seqs = (await store.jobs({ order: "oldest", limit: 1000 })).map(({ seq }) => seq);
    assertEquals((await store.removeFinished({ seqs, filter: {} })).removed, 500);
    let steps = 1;
    while (await store.giveBack()) steps++;
    assert(steps < 100, `${steps} steps`);
    assertEquals(await store.giveBack(), false);
  });
}
