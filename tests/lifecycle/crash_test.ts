/** Workers, supervisors and jobs that are killed for real: nothing is stuck, nothing is charged. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import {
  isAlive,
  type ShownJobShape,
  supervisorPids,
  TestQueue,
  waitFor,
  type WorkerShape,
} from "../support/program.ts";

/** A job that says its pid, and waits for a file. */
function waitingJob(queue: TestQueue, name: string): string {
  return `echo $$ >>${queue.path(`${name}.pids`)}; while [ ! -e ${
    queue.path(`${name}.go`)
  } ]; do sleep 0.05; done`;
}

async function pidsOf(queue: TestQueue, name: string): Promise<number[]> {
  const text = await Deno.readTextFile(queue.path(`${name}.pids`)).catch(() => "");
  return text.split("\n").filter((line) => line !== "").map(Number);
}

async function waitForRuns(queue: TestQueue, name: string, count: number): Promise<number[]> {
  await queue.waitFor(`run ${count} of ${name}`, async () => (await pidsOf(queue, name)).length >= count);
  return await pidsOf(queue, name);
}

async function workers(queue: TestQueue): Promise<WorkerShape[]> {
  return await queue.json<WorkerShape[]>("worker", "list");
}

function sigkill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

Deno.test("a worker killed with SIGKILL: its old tree is ended, its job runs again within 5 s, nothing is charged", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start", "--count", "2");
  const [first] = await waitForRuns(queue, "j", 1);
  const holder = (await workers(queue)).find((worker) => worker.jobs.includes("j"))!;
  const killedAt = performance.now();
  sigkill(holder.pid);
  await waitForRuns(queue, "j", 2);
  assert(performance.now() - killedAt < 5000, "it took longer than 5 s");
  assert(!isAlive(first!), "the old tree was still alive when the job ran again");
  await Deno.writeTextFile(queue.path("j.go"), "");
  const job = await queue.waitForState("j", "completed");
  assertEquals([job.attempts, job.runs.map((run) => run.outcome)], [1, ["crashed", "completed"]]);
  assertStringIncludes(job.runs[0]!.error!, holder.id);
});

Deno.test("without its supervisor, another worker of the host recovers the job within 5 s", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start", "--count", "2");
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await waitForRuns(queue, "j", 1);
  await killSupervisors(queue);
  await queue.waitFor(
    "unsupervised workers",
    async () => (await workers(queue)).every((worker) => !worker.supervised),
  );
  const holder = (await workers(queue)).find((worker) => worker.jobs.includes("j"))!;
  const killedAt = performance.now();
  sigkill(holder.pid);
  await waitForRuns(queue, "j", 2);
  assert(performance.now() - killedAt < 5000, "it took longer than 5 s");
  assertEquals((await workers(queue)).filter((worker) => worker.state !== "gone").length, 1);
});

Deno.test("all of them killed: the next worker start recovers", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start", "--count", "2");
  const [first] = await waitForRuns(queue, "j", 1);
  await killSupervisors(queue);
  for (const worker of await workers(queue)) sigkill(worker.pid);
  await queue.waitFor(
    "everyone to be gone",
    async () => (await workers(queue)).every((each) => each.state === "gone"),
  );
  assert(isAlive(first!), "the job itself outlives its worker");
  assertEquals((await queue.job("j")).state, "processing");
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 2);
  assert(!isAlive(first!));
  assertEquals((await workers(queue)).length, 1);
});

Deno.test("a job that ended while no worker lived is settled by its exit code, and not run again", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start");
  const [first] = await waitForRuns(queue, "j", 1);
  await killSupervisors(queue);
  for (const worker of await workers(queue)) sigkill(worker.pid);
  await Deno.writeTextFile(queue.path("j.go"), "");
  await waitFor("the job to end", () => !isAlive(first!));
  await queue.ok("worker", "start");
  const job = await queue.waitForState("j", "completed");
  assertEquals([job.runs.length, job.exit_code, job.attempts], [1, 0, 1]);
});

Deno.test("a job whose worker crashes three times in a row is dead, without a charged attempt", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start");
  for (let run = 1; run <= 3; run++) {
    await waitForRuns(queue, "j", run);
    const holder = (await workers(queue)).find((worker) =>
      worker.jobs.includes("j") && worker.state !== "gone"
    );
    sigkill(holder!.pid);
  }
  const job = await queue.waitForState("j", "dead");
  assertEquals([job.attempts, job.runs.map((run) => run.outcome)], [0, ["crashed", "crashed", "crashed"]]);
  assertStringIncludes(job.reason!, "crashed 3 times");
});

Deno.test("the supervisor replaces a dead worker", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start", "--count", "2");
  const before = queue.workerPids();
  assertEquals(before.length, 2);
  sigkill(before[0]!);
  await queue.waitFor("a new worker", async () => {
    const now = (await workers(queue)).filter((worker) => worker.state !== "gone").map((worker) =>
      worker.pid
    );
    return now.length === 2 && !now.includes(before[0]!);
  });
  await queue.waitFor(
    "workers.pid to follow",
    () => Promise.resolve(queue.workerPids().toSorted().join() !== before.toSorted().join()),
  );
});

Deno.test("a worker stopped for longer than its lease and continued changes and signals nothing that is no longer its own", async () => {
  await using queue = await TestQueue.create(undefined, {
    QUEUECTL_LEASE: "1500ms",
    QUEUECTL_HEARTBEAT: "300ms",
    QUEUECTL_POLL_INTERVAL: "200ms",
  });
  await queue.ok("worker", "start");
  const [sleeper] = await workers(queue);
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await waitForRuns(queue, "j", 1);
  await queue.ok("worker", "start");
  Deno.kill(sleeper!.pid, "SIGSTOP");
  const [, second] = await waitForRuns(queue, "j", 2);
  const taken = await queue.job("j");
  assertEquals(taken.runs.map((run) => run.outcome), ["crashed", null]);
  Deno.kill(sleeper!.pid, "SIGCONT");
  await queue.waitFor(
    "the sleeper to come back",
    () => Promise.resolve(queue.log().includes(`was taken for dead as ${sleeper!.id}`)),
  );
  assert(isAlive(second!), "the newer run was not signalled");
  const after = await queue.job("j");
  assertEquals(runsOf(after), runsOf(taken));
  await Deno.writeTextFile(queue.path("j.go"), "");
  const job = await queue.waitForState("j", "completed");
  assertEquals(job.runs.map((run) => run.outcome), ["crashed", "completed"]);
  assertNotEquals(job.runs[1]!.worker, sleeper!.id);
  const back = (await workers(queue)).find((worker) => worker.pid === sleeper!.pid)!;
  assertNotEquals(back.id, sleeper!.id);
});

function runsOf(job: ShownJobShape) {
  return job.runs.map((run) => [run.number, run.worker, run.outcome]);
}

Deno.test("what left the group and the session of a crashed run is ended before the job runs again", async () => {
  await using queue = await TestQueue.create();
  const command = `(setsid sh -c 'trap "" TERM; echo $$ >>${
    queue.path("far.pids")
  }; while :; do sleep 0.1; done' &) ; ${waitingJob(queue, "j")}`;
  await queue.ok("enqueue", "--id", "j", "--", command);
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  const [far] = await waitForRuns(queue, "far", 1);
  sigkill((await workers(queue))[0]!.pid);
  await waitForRuns(queue, "j", 2);
  assert(!isAlive(far!), "a process of the old tree was alive when the job ran again");
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
  const before = (await workers(queue)).map((worker) => worker.id);
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await waitForRuns(queue, "j", 1);
  const { DatabaseSync } = await import("node:sqlite");
  const other = new DatabaseSync(`${queue.home}/queue.sqlite`);
  other.exec("BEGIN IMMEDIATE");
  await new Promise((resolve) => setTimeout(resolve, 4000));
  other.exec("COMMIT");
  other.close();
  await Deno.writeTextFile(queue.path("j.go"), "");
  const job = await queue.waitForState("j", "completed");
  assertEquals(job.runs.length, 1, "its worker was taken for dead");
  assertEquals((await workers(queue)).map((worker) => worker.id), before);
});

async function killSupervisors(queue: TestQueue): Promise<void> {
  const pids = await supervisorPids(queue.home);
  assert(pids.length > 0, "no supervisor was found");
  for (const pid of pids) sigkill(pid);
}
