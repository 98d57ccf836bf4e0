/** A run outlives its worker: the next worker of the host adopts it, under its number, and settles it truthfully. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatHost } from "../../src/core/host.ts";
import { readHostIdentity } from "../../src/system/host_identity.ts";
import {
  holderOf,
  killAll,
  killSupervisors,
  letEnd,
  sigkill,
  waitForRuns,
  waitingJob,
  workersOf,
} from "../support/jobs.ts";
import { isAlive, supervisorPids, TestQueue, waitFor } from "../support/program.ts";
import { openTestStore } from "../support/open_store.ts";
import { claimOne, newWorker } from "../support/sample.ts";

Deno.test("a worker killed with SIGKILL: another one adopts its run within 5 s, as it is", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", `echo before; ${waitingJob(queue, "j")}; echo after; exit 7`);
  await queue.ok("worker", "start", "--count", "2");
  const [pid] = await waitForRuns(queue, "j", 1);
  const first = await holderOf(queue, "j");
  const killedAt = performance.now();
  sigkill(first.pid);
  const second = await holderOf(queue, "j");
  assert(performance.now() - killedAt < 5000, "it took longer than 5 s");
  assertEquals(second.adopted, ["j"]);
  assertStringIncludes(await queue.ok("worker", "list"), "j (adopted)");
  assertStringIncludes(await queue.ok("show", "j"), `worker ${first.id}, adopted by ${second.id}`);
  assert(isAlive(pid!), "the run was disturbed");
  const follower = queue.call(["logs", "j", "--follow"]);
  await letEnd(queue, "j");
  assertEquals((await follower).stdout, "before\nafter\n");
  const job = await queue.waitForJob("j", "settled", (each) => each.runs[0]!.outcome !== null);
  assertEquals(
    job.runs.slice(0, 1).map((run) => [run.number, run.worker, run.adopted_by, run.outcome, run.exit_code]),
    [[1, first.id, second.id, "failed", 7]],
  );
  assertEquals(job.attempts, 1);
});

Deno.test("a host whose workers are all busy adopts, and claims nothing until it has free slots again", async () => {
  await using queue = await TestQueue.create();
  for (const id of ["a", "b"]) await queue.ok("enqueue", "--id", id, "--", waitingJob(queue, id));
  await queue.ok("worker", "start", "--count", "2");
  for (const id of ["a", "b"]) await waitForRuns(queue, id, 1);
  await queue.ok("enqueue", "--id", "next", "--", "true");
  await killSupervisors(queue);
  const survivor = await holderOf(queue, "a");
  sigkill((await holderOf(queue, "b")).pid);
  await queue.waitFor(
    "both in one worker's hands",
    async () => (await holderOf(queue, "b")).id === survivor.id,
  );
  await letEnd(queue, "b");
  await queue.waitForState("b", "completed");
  assertEquals((await queue.job("next")).state, "pending");
  await letEnd(queue, "a");
  await queue.waitForState("next", "completed");
});

Deno.test("all of them killed: the run goes on, and the next worker start adopts it", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start", "--count", "2");
  const [pid] = await waitForRuns(queue, "j", 1);
  await killAll(queue);
  assert(isAlive(pid!), "the job itself outlives its worker");
  assertEquals((await queue.job("j")).state, "processing");
  await queue.ok("worker", "start");
  await holderOf(queue, "j");
  assertEquals((await workersOf(queue)).length, 1);
  await letEnd(queue, "j");
  const job = await queue.waitForState("j", "completed");
  assertEquals([job.runs.length, job.attempts, job.exit_code], [1, 1, 0]);
});

Deno.test("a job that ended while no worker lived is settled by its exit code, and not run again", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", `${waitingJob(queue, "j")}; exit 3`);
  await queue.ok("worker", "start");
  const [pid] = await waitForRuns(queue, "j", 1);
  await killAll(queue);
  await letEnd(queue, "j");
  await waitFor("the job to end", () => !isAlive(pid!));
  await queue.ok("worker", "start");
  const job = await queue.waitForJob("j", "settled", (each) => each.runs[0]!.outcome !== null);
  assertEquals([job.runs[0]!.outcome, job.runs[0]!.exit_code, job.attempts], ["failed", 3, 1]);
});

Deno.test("workers that detach leave at once; the run is adopted by the next ones", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start", "--count", "2");
  const [pid] = await waitForRuns(queue, "j", 1);
  const first = await holderOf(queue, "j");
  const stopped = await queue.call(["worker", "stop", "--detach", "--wait"]);
  assertEquals(stopped.code, 0);
  assertStringIncludes(stopped.stderr, "lets go of its jobs, which run on");
  assertEquals(await workersOf(queue), []);
  await waitFor("the supervisor to end", async () => (await supervisorPids(queue.home)).length === 0);
  assert(isAlive(pid!), "the job was ended with its worker");
  await queue.ok("worker", "start");
  assertEquals((await holderOf(queue, "j")).adopted, ["j"]);
  await letEnd(queue, "j");
  const job = await queue.waitForState("j", "completed");
  assertEquals(job.runs.map((run) => [run.number, run.worker, run.outcome]), [[1, first.id, "completed"]]);
});

Deno.test("an adopted run is handed back like any other: its tree is ended, nothing is charged", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start");
  const [pid] = await waitForRuns(queue, "j", 1);
  await killAll(queue);
  await queue.ok("worker", "start");
  await holderOf(queue, "j");
  await queue.ok("worker", "stop", "--force", "--wait");
  assert(!isAlive(pid!), "it runs on");
  const job = await queue.job("j");
  assertEquals([job.state, job.attempts, job.runs.map((run) => run.outcome)], ["pending", 0, [
    "handed_back",
  ]]);
});

Deno.test("the timeout of an adopted run counts from its start", async () => {
  await using queue = await TestQueue.create(undefined, {
    QUEUECTL_JOB_TIMEOUT: "4s",
    QUEUECTL_MAX_RETRIES: "1",
    QUEUECTL_POLL_INTERVAL: "200ms",
  });
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start");
  const [pid] = await waitForRuns(queue, "j", 1);
  await killAll(queue);
  await queue.ok("worker", "start");
  const job = await queue.waitForState("j", "dead");
  const [run] = job.runs;
  assertEquals([run!.outcome, run!.adopted, isAlive(pid!)], ["timeout", true, false]);
  const lasted = Date.parse(run!.finished_at!) - Date.parse(run!.started_at);
  assert(lasted >= 4000 && lasted < 7000, `it lasted ${lasted} ms`);
});

Deno.test("an exit code on disk beats a deadline that nobody was there to enforce", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start");
  const [pid] = await waitForRuns(queue, "j", 1);
  await killAll(queue);
  await letEnd(queue, "j");
  await waitFor("the job to end", () => !isAlive(pid!));
  await queue.ok("worker", "start", "--job-timeout", "1ms");
  assertEquals((await queue.waitForState("j", "completed")).runs.length, 1);
});

Deno.test("an exit code on disk beats the deadline also while the wrapper lives on for its paused worker", async () => {
  await using queue = await TestQueue.create(undefined, {
    QUEUECTL_LEASE: "1500ms",
    QUEUECTL_HEARTBEAT: "300ms",
    QUEUECTL_POLL_INTERVAL: "200ms",
  });
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  Deno.kill((await holderOf(queue, "j")).pid, "SIGSTOP");
  await letEnd(queue, "j");
  const path = await identityFile(queue);
  await waitFor("the exit code", () => Deno.readTextFileSync(path).endsWith("\n0\n"));
  await queue.ok("worker", "start", "--job-timeout", "1ms");
  const job = await queue.waitForJob("j", "settled", (each) => each.runs[0]!.outcome !== null);
  assertEquals(job.runs.map((run) => [run.outcome, run.exit_code]), [["completed", 0]]);
});

Deno.test("a run whose worker died while it was ending it for its timeout is ended, as a timeout", async () => {
  await using queue = await TestQueue.create(undefined, {
    QUEUECTL_JOB_TIMEOUT: "500ms",
    QUEUECTL_MAX_RETRIES: "1",
    QUEUECTL_KILL_AFTER: "1m",
  });
  await queue.ok(
    "enqueue",
    "--id",
    "j",
    "--",
    `trap "" TERM; echo $$ >>${queue.path("j.pids")}; while :; do sleep 0.1; done`,
  );
  await queue.ok("worker", "start");
  const [pid] = await waitForRuns(queue, "j", 1);
  await queue.waitFor("the intent", () => intentOf(queue, "timeout"));
  await killAll(queue);
  assert(isAlive(pid!), "it was killed before its grace was over");
  await queue.ok("worker", "start", "--kill-after", "1s");
  const job = await queue.waitForState("j", "dead");
  assertEquals([job.runs[0]!.outcome, isAlive(pid!)], ["timeout", false]);
});

Deno.test("what outlives the end of a run that was being ended is ended by who adopts it, before the job goes on", async () => {
  await using queue = await TestQueue.create(undefined, {
    QUEUECTL_JOB_TIMEOUT: "500ms",
    QUEUECTL_MAX_RETRIES: "1",
    QUEUECTL_KILL_AFTER: "1m",
  });
  const stubborn = `trap "" TERM; echo $$ >>${queue.path("far.pids")}; while :; do sleep 0.1; done`;
  await queue.ok(
    "enqueue",
    "--id",
    "j",
    "--",
    `echo $$ >>${queue.path("j.pids")}; sh -c '${stubborn}' & wait`,
  );
  await queue.ok("worker", "start");
  const [[pid], [far]] = [await waitForRuns(queue, "j", 1), await waitForRuns(queue, "far", 1)];
  const wrapper = await wrapperOf(pid!);
  await queue.waitFor("the intent", () => intentOf(queue, "timeout"));
  await waitFor("the wrapper to end", () => !isAlive(wrapper));
  await killAll(queue);
  assert(isAlive(far!), "it was killed before its grace was over");
  await queue.ok("worker", "start", "--kill-after", "1s");
  const job = await queue.waitForState("j", "dead");
  assertEquals([job.runs[0]!.outcome, isAlive(far!)], ["timeout", false]);
});

Deno.test("a run that was killed for its timeout, and whose worker died then, has timed out and has not crashed", async () => {
  await using queue = await TestQueue.create(undefined, {
    QUEUECTL_JOB_TIMEOUT: "500ms",
    QUEUECTL_MAX_RETRIES: "1",
    QUEUECTL_KILL_AFTER: "1m",
  });
  const stubborn = `trap "" TERM; echo $$ >>${queue.path("j.pids")}; while :; do sleep 0.1; done`;
  // What it leaves in the background has to be ended as well.
  const far = `(trap "" TERM; exec sleep 1000) & echo $! >>${queue.path("far.pids")}`;
  await queue.ok("enqueue", "--id", "j", "--", `${far}; ${stubborn}`);
  await queue.ok("worker", "start");
  const [[pid], [farPid]] = [await waitForRuns(queue, "j", 1), await waitForRuns(queue, "far", 1)];
  await queue.waitFor("the intent", () => intentOf(queue, "timeout"));
  await killAll(queue);
  sigkill(await wrapperOf(pid!));
  sigkill(pid!);
  await queue.ok("worker", "start", "--kill-after", "1s");
  const job = await queue.waitForState("j", "dead");
  assertEquals([job.runs[0]!.outcome, job.attempts, isAlive(farPid!)], ["timeout", 1, false]);
});

async function intentOf(queue: TestQueue, intent: string): Promise<boolean> {
  const { DatabaseSync } = await import("node:sqlite");
  const store = new DatabaseSync(`${queue.home}/queue.sqlite`, { readOnly: true });
  try {
    return store.prepare("SELECT intent FROM runs").get()?.intent === intent;
  } finally {
    store.close();
  }
}

Deno.test("an adopted run's output is kept in bounds", async () => {
  await using queue = await TestQueue.create(undefined, {
    QUEUECTL_OUTPUT_LIMIT: "100KB",
    QUEUECTL_POLL_INTERVAL: "200ms",
  });
  const flood = `while [ ! -e ${queue.path("flood")} ]; do sleep 0.05; done; yes | head -c 500000`;
  await queue.ok(
    "enqueue",
    "--id",
    "j",
    "--",
    `echo $$ >>${queue.path("j.pids")}; ${flood}; ${waitingJob(queue, "j")}`,
  );
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  await killAll(queue);
  await queue.ok("worker", "start");
  await holderOf(queue, "j");
  await Deno.writeTextFile(queue.path("flood"), "");
  await queue.waitFor("the cut", async () => (await queue.ok("logs", "j")).includes("output was cut here"));
  await letEnd(queue, "j");
  await queue.waitForState("j", "completed");
});

Deno.test("a run whose wrapper was killed with its worker spends the crash budget; what it left is ended first", async () => {
  await using queue = await TestQueue.create();
  // It leaves the group by a job-control shell, and the session by setsid.
  const command = `(setsid sh -c 'trap "" TERM; echo $$ >>${
    queue.path("far.pids")
  }; while :; do sleep 0.1; done' &)
    (bash -c 'set -m; sh -c "echo \\$\\$ >>${queue.path("near.pids")}; while :; do sleep 0.1; done" &')
    ${waitingJob(queue, "j")}`;
  await queue.ok("enqueue", "--id", "j", "--", command);
  for (let run = 1; run <= 3; run++) {
    await queue.ok("worker", "start");
    const pids = await waitForRuns(queue, "j", run);
    const others = [await waitForRuns(queue, "far", run), await waitForRuns(queue, "near", run)];
    if (run > 1) {
      const old = [pids[run - 2]!, ...others.map((each) => each[run - 2]!)];
      assertEquals(
        old.filter(isAlive),
        [],
        "of the old tree there was something alive when the job ran again",
      );
    }
    await killAll(queue);
    sigkill(await wrapperOf(pids[run - 1]!));
  }
  await queue.ok("worker", "start");
  const job = await queue.waitForState("j", "dead");
  assertEquals([job.attempts, job.runs.map((run) => run.outcome)], [0, ["crashed", "crashed", "crashed"]]);
  assertStringIncludes(job.reason!, "crashed 3 times");
});

/** The parent of a job's shell. */
async function wrapperOf(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "ppid=", "-p", String(pid)] }).output();
  return Number(new TextDecoder().decode(stdout));
}

Deno.test("a reused pid is recognised as a stranger: it is neither followed nor signalled", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start");
  const [pid] = await waitForRuns(queue, "j", 1);
  const wrapper = await wrapperOf(pid!);
  await killAll(queue);
  sigkill(wrapper);
  sigkill(pid!);
  await using stranger = sleeper();
  await Deno.writeTextFile(await identityFile(queue), `${stranger.pid} 1\n`);
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 2);
  assert(isAlive(stranger.pid), "a stranger was signalled");
  assertEquals((await queue.job("j")).runs[0]!.outcome, "crashed");
});

function sleeper(): { readonly pid: number } & AsyncDisposable {
  const child = new Deno.Command("setsid", { args: ["sleep", "100"] }).spawn();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      sigkill(child.pid);
      await child.status;
    },
  };
}

async function identityFile(queue: TestQueue): Promise<string> {
  for await (const { name } of Deno.readDir(`${queue.home}/runs`)) {
    if (name.endsWith(".id")) return `${queue.home}/runs/${name}`;
  }
  throw new Error("there is no identity file");
}

Deno.test("a run that never began is handed back, and can never begin", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", `echo ran >>${queue.path("ran")}`);
  // Claimed by a worker that is no more, before it could start anything.
  const store = await openTestStore(`${queue.home}/queue.sqlite`);
  await using gone = sleeper();
  await store.registerWorker(
    newWorker("gone", { pid: gone.pid, host: formatHost(await readHostIdentity()) }),
  );
  const claimed = (await claimOne(store, "gone"))!;
  store.close();
  sigkill(gone.pid);
  await queue.ok("worker", "start");
  const job = await queue.waitForState("j", "completed");
  assertEquals(job.runs.map((run) => run.outcome), ["handed_back", "completed"]);
  assertEquals(await Deno.readTextFile(queue.path("ran")), "ran\n");
  assert((await Deno.stat(`${queue.home}/runs/${claimed.job.seq}-1-${claimed.mark}.id`)).isFile);
});
