/** Graceful and forced stops, with real signals. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { isAlive, supervisorPids, TestQueue, waitFor, type WorkerShape } from "../support/program.ts";

function gatedJob(queue: TestQueue): string {
  return `echo $$ >${queue.path("pid")}; while [ ! -e ${queue.path("go")} ]; do sleep 0.05; done`;
}

async function waitForOrder(queue: TestQueue): Promise<void> {
  await queue.waitFor(
    "the order to arrive",
    async () => (await queue.json<WorkerShape[]>("worker", "list"))[0]?.state === "stopping",
  );
}

async function startGatedJob(queue: TestQueue): Promise<number> {
  await queue.ok("enqueue", "--id", "j", "--", gatedJob(queue));
  const pid = async () => Number(await Deno.readTextFile(queue.path("pid")).catch(() => "0"));
  await queue.waitFor("the job to run", async () => await pid() > 0);
  return await pid();
}

Deno.test("SIGTERM to a worker, again and again, lets its job finish", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  const [worker] = await queue.json<WorkerShape[]>("worker", "list");
  const job = await startGatedJob(queue);
  for (let i = 0; i < 5; i++) Deno.kill(worker!.pid, "SIGTERM");
  await queue.waitFor(
    "the worker to notice",
    () => Promise.resolve(queue.log().includes("stopping; 1 job(s)")),
  );
  Deno.kill(worker!.pid, "SIGTERM");
  assert(isAlive(job));
  await Deno.writeTextFile(queue.path("go"), "");
  await queue.waitForState("j", "completed");
  await queue.waitFor("the worker to end", () => Promise.resolve(!isAlive(worker!.pid)));
  assertEquals(queue.workerPids(), [], "and nobody replaces it");
});

Deno.test("worker stop --force hands the job back: nothing charged, its processes gone", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  const job = await startGatedJob(queue);
  assertEquals((await queue.call(["worker", "stop"])).code, 0);
  assert(isAlive(job), "a plain stop leaves it alone");
  await queue.ok("worker", "stop", "--force", "--wait");
  assert(!isAlive(job));
  const shown = await queue.job("j");
  assertEquals([shown.state, shown.attempts, shown.runs.map((run) => run.outcome)], ["pending", 0, [
    "handed_back",
  ]]);
});

Deno.test("worker stop --wait --timeout ends with 124 when the time is up, and the worker stops all the same", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  await startGatedJob(queue);
  const stop = (...flags: string[]) => queue.call(["worker", "stop", ...flags]);
  const { code, stderr } = await stop("--wait", "--timeout", "200ms");
  assertEquals(code, 124);
  assertStringIncludes(stderr, "The time is up: 1 worker is still at work, and stopping.");
  assertEquals((await stop("--timeout", "1s")).code, 2);
  await Deno.writeTextFile(queue.path("go"), "");
  assertEquals((await stop("--wait", "--timeout", "1m")).code, 0);
  assertEquals((await queue.job("j")).state, "completed");
});

Deno.test("a job that ignores SIGTERM is killed after the grace, with all it started", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_KILL_AFTER: "300ms" });
  await queue.ok("worker", "start");
  await queue.ok(
    "enqueue",
    "--id",
    "deaf",
    "--",
    `trap '' TERM; sleep 1000 & echo $! >${queue.path("child")}; while :; do sleep 0.1; done`,
  );
  await queue.waitFor(
    "its child",
    async () => await Deno.readTextFile(queue.path("child")).then((text) => text !== "", () => false),
  );
  const child = Number(await Deno.readTextFile(queue.path("child")));
  await queue.ok("worker", "stop", "--force", "--wait");
  assert(!isAlive(child));
  assertEquals((await queue.job("deaf")).state, "pending");
});

Deno.test("a job over its timeout fails with that reason, and is charged", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_KILL_AFTER: "300ms" });
  await queue.ok("worker", "start", "--job-timeout", "300ms");
  await queue.ok("enqueue", "--id", "slow", "--max-retries", "1", "--", "sleep 100");
  const job = await queue.waitForState("slow", "dead");
  assertEquals([job.runs[0]!.outcome, job.attempts], ["timeout", 1]);
  assertStringIncludes(job.last_error!, "timeout");
});

Deno.test("worker run: the first Ctrl-C finishes the job and says so, exit code 0", async () => {
  await using queue = await TestQueue.create();
  const running = queue.spawn(["worker", "run"]);
  const job = await startGatedJob(queue);
  running.kill("SIGINT");
  await waitForOrder(queue);
  assert(isAlive(job));
  await Deno.writeTextFile(queue.path("go"), "");
  const { code, stderr } = await running.output();
  const said = new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  assertStringIncludes(said, "Press Ctrl-C again");
  assertEquals((await queue.job("j")).state, "completed");
});

Deno.test("worker run: the second Ctrl-C hands the job back, exit code 130", async () => {
  await using queue = await TestQueue.create();
  const running = queue.spawn(["worker", "run"]);
  const job = await startGatedJob(queue);
  running.kill("SIGINT");
  await waitForOrder(queue);
  await new Promise((resolve) => setTimeout(resolve, 250));
  running.kill("SIGINT");
  const { code } = await running.output();
  assertEquals(code, 130);
  assert(!isAlive(job));
  const shown = await queue.job("j");
  assertEquals([shown.state, shown.attempts], ["pending", 0]);
});

Deno.test("worker run: SIGTERM, however often, lets the job finish", async () => {
  await using queue = await TestQueue.create();
  const running = queue.spawn(["worker", "run"]);
  const job = await startGatedJob(queue);
  for (let i = 0; i < 3; i++) {
    running.kill("SIGTERM");
    await waitForOrder(queue);
  }
  assert(isAlive(job));
  await Deno.writeTextFile(queue.path("go"), "");
  const { code } = await running.output();
  assertEquals([code, (await queue.job("j")).state], [0, "completed"]);
});

Deno.test("worker start adds workers and forgets none; worker stop reaches all of them, and only them", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start", "--count", "2");
  const first = queue.workerPids();
  await queue.ok("worker", "start", "--concurrency", "3");
  const all = queue.workerPids();
  assertEquals([first.length, all.length, first.every((pid) => all.includes(pid))], [2, 3, true]);
  await queue.ok("worker", "stop", "--wait");
  await waitFor("all to be gone", () => all.every((pid) => !isAlive(pid)));
  await queue.ok("worker", "start");
  assertEquals(queue.workerPids().length, 1);
});

Deno.test("one worker with several slots runs as many jobs at once", async () => {
  await using queue = await TestQueue.create();
  for (const id of ["a", "b", "c"]) {
    await queue.ok("enqueue", "--id", id, "--", `while [ ! -e ${queue.path("go")} ]; do sleep 0.05; done`);
  }
  await queue.ok("worker", "start", "--concurrency", "2");
  await queue.waitFor(
    "two to run",
    async () => (await queue.json<WorkerShape[]>("worker", "list"))[0]!.jobs.length === 2,
  );
  assertEquals((await queue.job("c")).state, "pending");
  await Deno.writeTextFile(queue.path("go"), "");
  await queue.waitForState("c", "completed");
});

Deno.test("an idle worker is woken, and does not find a job by polling", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_POLL_INTERVAL: "1h" });
  await queue.ok("worker", "start", "--count", "2");
  for (let i = 0; i < 4; i++) {
    await queue.ok("enqueue", "--id", `j${i}`, "--", "true");
    await queue.waitForState(`j${i}`, "completed", 5000);
  }
  await queue.ok("enqueue", "--id", "later", "--delay", "500ms", "--", "true");
  await queue.waitForState("later", "completed", 5000);
  await queue.ok("worker", "stop", "--wait");
});

Deno.test("a worker that cannot start is said, with a reason, and leaves nothing behind", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", "true");
  const result = await queue.call(["worker", "start", "--shell", "x", "--heartbeat", "20s"]);
  assertEquals(result.code, 2);
  assertStringIncludes(result.stderr, "the lease is shorter than 3 heartbeats");
  assertEquals(queue.workerPids(), []);
});

Deno.test("what a job starts to clean up after SIGTERM has the whole grace for it", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start", "--job-timeout", "300ms");
  const command = `trap 'sleep 0.7; echo cleaned up; exit 0' TERM; while :; do sleep 0.1; done`;
  await queue.ok("enqueue", "--id", "j", "--max-retries", "1", "--", command);
  const job = await queue.waitForState("j", "dead");
  assertEquals([job.runs[0]!.outcome, job.runs[0]!.stdout_tail], ["timeout", "cleaned up\n"]);
});

Deno.test("a timeout holds although the store is locked when it comes", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_KILL_AFTER: "300ms" });
  await queue.ok("worker", "start", "--job-timeout", "600ms");
  const job = await startGatedJob(queue);
  const { DatabaseSync } = await import("node:sqlite");
  const other = new DatabaseSync(`${queue.home}/queue.sqlite`);
  other.exec("BEGIN IMMEDIATE");
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert(isAlive(job), "no signal without a renewed lease and a committed intent");
  other.exec("COMMIT");
  other.close();
  await queue.waitForJob("j", "charged", (shown) => shown.runs[0]!.outcome === "timeout");
});

Deno.test("workers whose home is removed end, and make no new one", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_POLL_INTERVAL: "200ms" });
  await queue.ok("worker", "start", "--count", "2");
  const pids = queue.workerPids();
  // Moved away in one step; a worker may just be writing into it.
  await Deno.rename(queue.home, queue.path("moved"));
  await waitFor("the workers to end", () => pids.every((pid) => !isAlive(pid)));
  assertEquals(await Deno.stat(queue.home).catch(() => null), null);
});

Deno.test("worker stop --force --wait says who does not react", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_KILL_AFTER: "100ms" });
  await queue.ok("worker", "start");
  const [worker] = await queue.json<WorkerShape[]>("worker", "list");
  Deno.kill(worker!.pid, "SIGSTOP");
  const result = await queue.call(["worker", "stop", "--force", "--wait"]);
  assertEquals(result.code, 1);
  assertStringIncludes(result.stderr, `pid ${worker!.pid} does not react`);
  Deno.kill(worker!.pid, "SIGCONT");
  await queue.waitFor("it to end", () => Promise.resolve(!isAlive(worker!.pid)));
});

Deno.test("a stop reaches the replacement of a worker that has just died", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  const [pid] = queue.workerPids();
  Deno.kill(pid!, "SIGKILL");
  await waitFor("it to die", () => !isAlive(pid!));
  await queue.ok("worker", "stop");
  await queue.waitFor("everyone to end", async () => (await supervisorPids(queue.home)).length === 0);
  assertEquals(
    (await queue.json<WorkerShape[]>("worker", "list")).filter((worker) => worker.state !== "gone"),
    [],
  );
});

Deno.test("worker run whose stderr nobody reads any more still obeys Ctrl-C", async () => {
  await using queue = await TestQueue.create();
  const running = queue.spawn(["worker", "run"]);
  const job = await startGatedJob(queue);
  await running.stderr.cancel();
  running.kill("SIGINT");
  await waitForOrder(queue);
  assert(isAlive(job));
  await Deno.writeTextFile(queue.path("go"), "");
  await queue.waitForState("j", "completed");
  await running.stdout.cancel();
  assertEquals((await running.status).code, 0);
});

Deno.test("workers work although wake/ is gone and workers.pid cannot be written", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_POLL_INTERVAL: "200ms" });
  await queue.ok("enqueue", "--id", "a", "--delay", "1s", "--", "true");
  await queue.ok("worker", "start");
  // Its workers write into it at the same time.
  await queue.waitFor("wake/ to be gone", async () => {
    try {
      await Deno.remove(`${queue.home}/wake`, { recursive: true });
      return true;
    } catch (error) {
      return error instanceof Deno.errors.NotFound;
    }
  });
  await Deno.remove(`${queue.home}/workers.pid`);
  await Deno.mkdir(`${queue.home}/workers.pid`);
  await queue.waitForState("a", "completed");
  await queue.ok("worker", "stop", "--wait");
});
