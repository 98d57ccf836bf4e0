/** Signals that people send to running jobs: to all of their processes, once, and to nobody else. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { holderOf, letEnd, pidsOf, sigkill, waitForRuns, waitingJob } from "../support/jobs.ts";
import { isAlive, programs, quickest, TestQueue } from "../support/program.ts";

/** Only wake-ups are as quick as the deadlines of a test then. */
const onlyWakeUps = { QUEUECTL_POLL_INTERVAL: "10m", QUEUECTL_LEASE: "1h", QUEUECTL_BACKOFF_BASE: "0" };

/** Writes down each signal that it gets, and waits for a file. */
function listening(queue: TestQueue, name: string): string {
  const traps = ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2"].map((signal) =>
    `trap 'echo ${signal} >>${queue.path(`${name}.heard`)}' ${signal}`
  );
  return [...traps, waitingJob(queue, name)].join("; ");
}

async function heard(queue: TestQueue, name: string): Promise<string[]> {
  const text = await Deno.readTextFile(queue.path(`${name}.heard`)).catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

async function waitToHear(queue: TestQueue, name: string, ...signals: string[]): Promise<void> {
  await queue.waitFor(
    `${name} to hear ${signals}`,
    async () => JSON.stringify(await heard(queue, name)) === JSON.stringify(signals),
  );
}

async function stateOf(pid: number): Promise<string> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] }).output();
  return new TextDecoder().decode(stdout).slice(0, 1);
}

for (const program of programs) {
  Deno.test(`a signal comes to all processes of a run, which goes on (${program.name})`, async () => {
    await using queue = await TestQueue.create(program, onlyWakeUps);
    await queue.ok("worker", "start", "--concurrency", "2");
    const child = `(${listening(queue, "child")}) &`;
    await queue.ok("enqueue", "--id", "j", "--", `${child} ${listening(queue, "j")}; wait; exit 0`);
    await queue.ok("enqueue", "--id", "other", "--", listening(queue, "other"));
    for (const name of ["child", "j", "other"]) await waitForRuns(queue, name, 1);
    const { stderr } = await queue.call(["cancel", "j", "--signal", "usr1"]);
    assertEquals(stderr, "j: SIGUSR1 is on its way.\n");
    for (const name of ["child", "j"]) await waitToHear(queue, name, "USR1");
    assertEquals(await queue.json<unknown>("cancel", "j", "--signal", "SIGHUP"), [
      { id: "j", was: "processing", signal: "SIGHUP" },
    ]);
    for (const name of ["child", "j"]) await waitToHear(queue, name, "USR1", "HUP");
    const job = await queue.job("j");
    assertEquals([job.state, job.attempts, job.runs.length], ["processing", 0, 1]);
    for (const name of ["child", "j", "other"]) await letEnd(queue, name);
    const over = await queue.waitForState("j", "completed");
    assertEquals([over.runs.length, over.runs[0]!.exit_code], [1, 0]);
    assertEquals(await heard(queue, "other"), []);
  });
}

Deno.test("every signal reaches a job, and none its wrapper", async () => {
  await using queue = await TestQueue.create(quickest, onlyWakeUps);
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "k", "--max-retries", "1", "--", `${listening(queue, "k")}; exit 7`);
  const [pid] = await waitForRuns(queue, "k", 1);
  const signals = ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2"];
  for (const [index, signal] of signals.entries()) {
    await queue.ok("cancel", "k", "--signal", signal);
    await waitToHear(queue, "k", ...signals.slice(0, index + 1));
  }
  await queue.ok("cancel", "k", "--signal", "STOP");
  await queue.waitFor("the stop", async () => await stateOf(pid!) === "T");
  await letEnd(queue, "k");
  await queue.ok("cancel", "k", "--signal", "CONT");
  const job = await queue.waitForState("k", "dead");
  assertEquals([job.runs.length, job.runs[0]!.outcome, job.exit_code], [1, "failed", 7]);
});

Deno.test("a job that was halted and is cancelled can still clean up", async () => {
  await using queue = await TestQueue.create(quickest, { ...onlyWakeUps, QUEUECTL_KILL_AFTER: "1m" });
  await queue.ok("worker", "start");
  const cleanUp = `trap 'echo >${queue.path("clean")}; exit 1' TERM`;
  await queue.ok("enqueue", "--id", "j", "--", `${cleanUp}; ${waitingJob(queue, "j")}`);
  const [pid] = await waitForRuns(queue, "j", 1);
  await queue.ok("cancel", "j", "--signal", "STOP");
  await queue.waitFor("the stop", async () => await stateOf(pid!) === "T");
  await queue.ok("cancel", "j");
  await queue.waitForState("j", "cancelled");
  assert((await Deno.stat(queue.path("clean"))).isFile);
});

Deno.test("a job that is sent KILL has failed, and is tried again", async () => {
  await using queue = await TestQueue.create(quickest, onlyWakeUps);
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "j", "--max-retries", "2", "--", waitingJob(queue, "j"));
  const [first] = await waitForRuns(queue, "j", 1);
  await queue.ok("cancel", "j", "--signal", "KILL");
  await waitForRuns(queue, "j", 2);
  await letEnd(queue, "j");
  const job = await queue.waitForState("j", "completed");
  assertEquals(job.runs.map((run) => [run.outcome, run.signal]), [["failed", "SIGKILL"], [
    "completed",
    null,
  ]]);
  assertEquals([job.attempts, isAlive(first!)], [2, false]);
});

Deno.test("signals wait for the holder of a run, and each comes once", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "j", "--", listening(queue, "j"));
  await waitForRuns(queue, "j", 1);
  const { pid } = await holderOf(queue, "j");
  Deno.kill(pid, "SIGSTOP");
  for (const signal of ["USR2", "USR1", "USR2", "HUP"]) await queue.ok("cancel", "j", "--signal", signal);
  assertEquals(await heard(queue, "j"), []);
  Deno.kill(pid, "SIGCONT");
  await queue.waitFor("three signals", async () => (await heard(queue, "j")).length >= 3);
  await letEnd(queue, "j");
  assertEquals((await queue.waitForState("j", "completed")).runs.length, 1);
  // Those that are there at once are handled in an order that the kernel chooses.
  assertEquals((await heard(queue, "j")).toSorted(), ["HUP", "USR1", "USR2"]);
});

Deno.test("an adopted run gets what was asked for while nobody held it", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "j", "--", listening(queue, "j"));
  const [pid] = await waitForRuns(queue, "j", 1);
  const first = await holderOf(queue, "j");
  await queue.ok("cancel", "j", "--signal", "HUP");
  await waitToHear(queue, "j", "HUP");
  sigkill(first.pid);
  await queue.ok("cancel", "j", "--signal", "USR1");
  await waitToHear(queue, "j", "HUP", "USR1");
  assertEquals([(await holderOf(queue, "j")).adopted, isAlive(pid!)], [["j"], true]);
  await letEnd(queue, "j");
  assertEquals((await queue.waitForState("j", "completed")).runs.length, 1);
  assertEquals((await pidsOf(queue, "j")).length, 1);
});

Deno.test("a worker that finishes its last job passes signals on, and heeds a cancellation", async () => {
  await using queue = await TestQueue.create(quickest, { ...onlyWakeUps, QUEUECTL_KILL_AFTER: "200ms" });
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "j", "--", listening(queue, "j"));
  await waitForRuns(queue, "j", 1);
  await queue.ok("worker", "stop");
  await queue.ok("cancel", "j", "--signal", "USR1");
  await waitToHear(queue, "j", "USR1");
  await queue.ok("cancel", "j");
  assertEquals((await queue.waitForState("j", "cancelled")).runs[0]!.outcome, "cancelled");
});

Deno.test("a job that is not processing is sent nothing, and names of signals are checked", async () => {
  await using queue = await TestQueue.create();
  const wrong: [string[], string][] = [
    [["j", "--signal", "USR3"], 'Cannot send a job "USR3": it is no signal for that'],
    [["j", "--signal", "9"], "Signals are: HUP, INT"],
    [["j", "--signal", ""], 'Cannot send a job ""'],
    [["j", "--signal"], "--signal needs a value (NAME)"],
    [["--signal", "HUP"], "it needs the ids of jobs"],
  ];
  for (const [args, found] of wrong) {
    const { code, stderr } = await queue.call(["cancel", ...args]);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, found);
  }
  assertEquals(await Deno.stat(queue.home).catch(() => null), null, "nothing was made");
  await queue.ok("enqueue", "--id", "j", "--", "true");
  for (const [id, found] of [["j", "it is pending"], ["nobody", "there is no such job"]] as const) {
    const { code, stdout, stderr } = await queue.call(["cancel", id, "--signal", "TERM", "--json"]);
    assertEquals([code, stdout], [3, ""]);
    assertStringIncludes(stderr, `Cannot send SIGTERM to job "${id}": ${found}`);
  }
  assertEquals((await queue.job("j")).state, "pending");
});
