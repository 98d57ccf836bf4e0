/** Workers and supervisors that are killed or paused for real: nothing is stuck, nothing is charged, nothing runs twice. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { letEnd, sigkill, waitForRuns, waitingJob, workersOf } from "../support/jobs.ts";
import { isAlive, TestQueue } from "../support/program.ts";

Deno.test("the supervisor replaces a dead worker", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start", "--count", "2");
  const before = queue.workerPids();
  assertEquals(before.length, 2);
  sigkill(before[0]!);
  await queue.waitFor("a new worker", async () => {
    const now = (await workersOf(queue)).filter((worker) => worker.state !== "gone").map((worker) =>
      worker.pid
    );
    return now.length === 2 && !now.includes(before[0]!);
  });
  await queue.waitFor(
    "workers.pid to follow",
    () => Promise.resolve(queue.workerPids().toSorted().join() !== before.toSorted().join()),
  );
});

Deno.test("a worker paused for longer than its lease loses its run to another one, and changes and signals nothing when it goes on", async () => {
  await using queue = await TestQueue.create(undefined, {
    QUEUECTL_LEASE: "1500ms",
    QUEUECTL_HEARTBEAT: "300ms",
    QUEUECTL_POLL_INTERVAL: "200ms",
  });
  await queue.ok("worker", "start");
  const [sleeper] = await workersOf(queue);
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  const [pid] = await waitForRuns(queue, "j", 1);
  await queue.ok("worker", "start");
  Deno.kill(sleeper!.pid, "SIGSTOP");
  await queue.waitForJob("j", "adopted", (job) => job.runs[0]!.adopted);
  Deno.kill(sleeper!.pid, "SIGCONT");
  await queue.waitFor(
    "the sleeper to come back",
    () => Promise.resolve(queue.log().includes(`was taken for dead as ${sleeper!.id}`)),
  );
  await queue.waitFor(
    "the sleeper to let go",
    () => Promise.resolve(queue.log().includes("is in another worker's hands now")),
  );
  assert(isAlive(pid!), "the run was signalled");
  await letEnd(queue, "j");
  const job = await queue.waitForState("j", "completed");
  assertEquals(job.runs.map((run) => [run.number, run.worker, run.outcome]), [[1, sleeper!.id, "completed"]]);
  const back = (await workersOf(queue)).find((worker) => worker.pid === sleeper!.pid)!;
  assertNotEquals(back.id, sleeper!.id);
  assertNotEquals(job.runs[0]!.adopted_by, back.id);
});

Deno.test("workers.pid that names a stranger is never trusted: the stranger is not signalled", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", "true");
  const stranger = new Deno.Command("sleep", { args: ["100"] }).spawn();
  try {
    await Deno.writeTextFile(`${queue.home}/workers.pid`, `${stranger.pid}\n`);
    await queue.ok("worker", "stop", "--force", "--wait");
    await queue.ok("worker", "start");
    await queue.waitForState("j", "completed");
    await queue.ok("worker", "stop", "--force", "--wait");
    assert(isAlive(stranger.pid));
  } finally {
    stranger.kill("SIGKILL");
    await stranger.status;
  }
});

Deno.test("a store that is locked for longer than three leases expires nobody", async () => {
  await using queue = await TestQueue.create(undefined, {
    QUEUECTL_LEASE: "1200ms",
    QUEUECTL_HEARTBEAT: "300ms",
    QUEUECTL_POLL_INTERVAL: "100ms",
  });
  await queue.ok("worker", "start", "--count", "3");
  const before = (await workersOf(queue)).map((worker) => worker.id);
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await waitForRuns(queue, "j", 1);
  const { DatabaseSync } = await import("node:sqlite");
  const other = new DatabaseSync(`${queue.home}/queue.sqlite`);
  other.exec("BEGIN IMMEDIATE");
  await new Promise((resolve) => setTimeout(resolve, 4000));
  other.exec("COMMIT");
  other.close();
  await letEnd(queue, "j");
  const job = await queue.waitForState("j", "completed");
  assertEquals(job.runs.length, 1, "its worker was taken for dead");
  assertEquals((await workersOf(queue)).map((worker) => worker.id), before);
});
