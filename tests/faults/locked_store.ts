/**
 * Somebody else holds the store's lock for a long time: who enqueues waits and succeeds, who reads is not held up,
 * no worker is taken for dead, and the job that ran meanwhile is settled once.
 */

import { assert, assertEquals } from "@std/assert";
import { nodeSqlite } from "../../src/store/sqlite/drivers/node_sqlite.ts";
import { TestQueue, waitFor, type WorkerShape } from "../support/program.ts";
import { assertSound } from "./dump.ts";
import type { Scenario, Trial } from "./scenario.ts";

export const lockedStore: Scenario = {
  name: "locked_store",
  summary: "a store that someone else keeps locked holds everybody up, and harms nobody",
  async run(trial) {
    const lockMs = trial.size === "long" ? 20_000 : 3_000;
    const endAt = performance.now() + trial.seconds * 1000;
    do await holdLock(trial, lockMs); while (trial.size === "long" && performance.now() + lockMs < endAt);
  },
};

/** A lease that is over several times while the lock is held. */
const leaseMs = 1_000;
const settings = {
  QUEUECTL_LEASE: `${leaseMs}ms`,
  QUEUECTL_HEARTBEAT: "300ms",
  QUEUECTL_POLL_INTERVAL: "200ms",
};

async function holdLock(trial: Trial, lockMs: number): Promise<void> {
  await using queue = await TestQueue.create(undefined, settings);
  await queue.ok("worker", "start", "--count", "2");
  // The first ends in the middle of the lock, the second after it.
  const untilGo = `echo "$QUEUECTL_JOB_ID $QUEUECTL_ATTEMPT" >>${queue.path("ran")}; ` +
    `until [ -e ${queue.path("go")}-$QUEUECTL_JOB_ID ]; do sleep 0.05; done`;
  await queue.ok("enqueue", "--id", "during", "--", untilGo);
  await queue.ok("enqueue", "--id", "beyond", "--", untilGo);
  await waitFor("both jobs to run", () => ran(queue).length === 2);
  const before = await workerIds(queue);

  const other = nodeSqlite(null).open(`${queue.home}/queue.sqlite`, { readOnly: false, busyTimeoutMs: 5000 });
  const waiting: Promise<{ code: number; stderr: string }>[] = [];
  try {
    other.exec("BEGIN IMMEDIATE");
    const lockedAt = performance.now();
    trial.broke(`store locked for ${lockMs / 1000} s`);
    for (let i = 0; i < 3; i++) waiting.push(queue.call(["enqueue", "--id", `late${i}`, "--", untilGo]));
    await Deno.writeTextFile(queue.path("go-during"), "");
    await readMeanwhile(trial, queue);
    await new Promise((resolve) => setTimeout(resolve, lockMs - (performance.now() - lockedAt)));
    other.exec("COMMIT");
  } finally {
    other.close();
  }

  for (const { code, stderr } of await Promise.all(waiting)) assertEquals(code, 0, stderr);
  trial.checked("who enqueues waits for the lock and succeeds", waiting.length);
  for (const id of ["beyond", "late0", "late1", "late2"]) {
    await Deno.writeTextFile(queue.path(`go-${id}`), "");
  }
  for (const id of ["during", "beyond", "late0", "late1", "late2"]) {
    const job = await queue.waitForState(id, "completed");
    assertEquals([job.attempts, job.runs.map((run) => run.outcome)], [1, ["completed"]], id);
  }
  assertEquals(ran(queue).toSorted(), ["beyond 1", "during 1", "late0 1", "late1 1", "late2 1"]);
  trial.checked("a job that ran under the lock is settled once", 5);
  assertEquals(await workerIds(queue), before);
  assert(!/ is gone; it held|taken for dead/.test(queue.log()), queue.log());
  trial.checked("nobody is expired");
  await queue.ok("worker", "stop", "--wait");
  await assertSound(`${queue.home}/queue.sqlite`, nodeSqlite(null));
  trial.checked("the store is sound");
}

/** Readers are not held up: they answer long before the lock is given back. */
async function readMeanwhile(trial: Trial, queue: TestQueue): Promise<void> {
  const job = await queue.job("during");
  assertEquals(job.state, "processing", "nothing can be settled under the lock");
  trial.checked("who reads is not held up");
}

async function workerIds(queue: TestQueue): Promise<string[]> {
  return (await queue.json<WorkerShape[]>("worker", "list")).map((worker) => worker.id).toSorted();
}

/** Job and run of everything that was started. */
function ran(queue: TestQueue): string[] {
  try {
    return Deno.readTextFileSync(queue.path("ran")).split("\n").slice(0, -1);
  } catch {
    return [];
  }
}
