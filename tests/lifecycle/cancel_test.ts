/** Cancelling, retrying and removing jobs, and timeouts of their own: real processes, real signals. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { holderOf, killAll, letEnd, pidsOf, waitForRuns, waitingJob, workersOf } from "../support/jobs.ts";
import { programs, quickest, TestQueue } from "../support/program.ts";

/** Only wake-ups are as quick as the deadlines of a test then. */
const onlyWakeUps = { QUEUECTL_POLL_INTERVAL: "10m", QUEUECTL_LEASE: "1h", QUEUECTL_KILL_AFTER: "300ms" };

/** Whether a process runs; what nobody has reaped yet does not. */
function isAlive(pid: number): boolean {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] }).outputSync();
  const state = new TextDecoder().decode(stdout).trim();
  return state !== "" && !state.startsWith("Z");
}

for (const program of programs) {
  Deno.test(`a running job is cancelled with all of its processes, at once (${program.name})`, async () => {
    await using queue = await TestQueue.create(program, onlyWakeUps);
    await queue.ok("worker", "start");
    const child = `(trap '' TERM; echo $$ >>${queue.path("j.pids")}; while :; do sleep 0.05; done) &`;
    await queue.ok("enqueue", "--id", "j", "--", `${child} ${waitingJob(queue, "j")}`);
    const pids = await waitForRuns(queue, "j", 2);
    const { stderr } = await queue.call(["cancel", "j"]);
    assertStringIncludes(stderr, "j: its run is being ended.");
    const job = await queue.waitForState("j", "cancelled");
    assertEquals([job.attempts, job.reason, job.runs.length], [0, "cancelled by request", 1]);
    assertEquals(job.runs[0]!.outcome, "cancelled");
    assertEquals(pids.filter(isAlive), []);
    assertStringIncludes((await queue.call(["cancel", "j"])).stderr, "left as it is, cancelled already");
    assertEquals((await queue.call(["logs", "j"])).code, 0);
  });
}

Deno.test("a waiting job is cancelled at once, and never runs", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", `echo run >>${queue.path("ran")}`);
  assertEquals(await queue.json<unknown>("cancel", "j"), [{ id: "j", was: "pending" }]);
  await queue.ok("enqueue", "--id", "other", "--", "true");
  await queue.ok("worker", "start");
  await queue.waitForState("other", "completed");
  assertEquals((await queue.job("j")).state, "cancelled");
  assertEquals((await queue.json<{ cancelled: number }>("status")).cancelled, 1);
  await queue.ok("retry", "j");
  await queue.waitForState("j", "completed");
  await queue.ok("retry", "j");
  await queue.waitForJob("j", "run again", (job) => job.runs.length === 2 && job.state === "completed");
  assertEquals(await Deno.readTextFile(queue.path("ran")), "run\nrun\n");
});

Deno.test("a job that is cancelled and succeeds by itself first is completed", async () => {
  await using queue = await TestQueue.create(quickest, { QUEUECTL_KILL_AFTER: "10s" });
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await waitForRuns(queue, "j", 1);
  const { pid } = await holderOf(queue, "j");
  // While its worker sleeps, the run ends by itself, and the job is cancelled.
  Deno.kill(pid, "SIGSTOP");
  await queue.ok("cancel", "j");
  await letEnd(queue, "j");
  await queue.waitFor("the run's end", () => Promise.resolve(!pidsAlive(queue)));
  Deno.kill(pid, "SIGCONT");
  const job = await queue.waitForJob("j", "over", ({ state }) => state !== "processing");
  assertEquals([job.state, job.runs[0]!.outcome], ["completed", "completed"]);
});

function pidsAlive(queue: TestQueue): boolean {
  const text = Deno.readTextFileSync(queue.path("j.pids"));
  return text.trim().split("\n").map(Number).some(isAlive);
}

Deno.test("a job is cancelled whose worker is gone: the one that adopts its run ends it", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  const [pid] = await waitForRuns(queue, "j", 1);
  await killAll(queue);
  await queue.ok("cancel", "j");
  assertEquals([(await queue.job("j")).state, isAlive(pid!)], ["processing", true]);
  await queue.ok("worker", "start");
  const job = await queue.waitForState("j", "cancelled");
  assertEquals([job.runs.length, job.runs[0]!.outcome, isAlive(pid!)], [1, "cancelled", false]);
});

Deno.test("a cancelled job that was to be tried again is not", async () => {
  await using queue = await TestQueue.create(quickest, { QUEUECTL_BACKOFF_BASE: "1000" });
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "j", "--", "exit 3");
  await queue.waitForJob("j", "failed", (job) => job.attempts === 1);
  await queue.ok("retry", "j");
  const twice = await queue.waitForJob(
    "j",
    "failed again",
    (job) => job.runs.length === 2 && job.attempts > 0,
  );
  assertEquals(twice.attempts, 2);
  await queue.ok("cancel", "j");
  assertEquals((await queue.job("j")).state, "cancelled");
});

Deno.test("a job has a timeout and a grace of its own, also in the hands of who adopts it", async () => {
  await using queue = await TestQueue.create(quickest, {
    QUEUECTL_JOB_TIMEOUT: "1h",
    QUEUECTL_KILL_AFTER: "1h",
  });
  await queue.ok("worker", "start");
  const stubborn = `trap '' TERM; ${waitingJob(queue, "quick")}`;
  await queue.ok(
    ...["enqueue", "--id", "quick", "--timeout", "300ms", "--kill-after", "200ms", "--max-retries", "1"],
    ...["--", stubborn],
  );
  const quick = await queue.waitForState("quick", "dead");
  assertEquals([quick.runs[0]!.outcome, quick.attempts], ["timeout", 1]);
  const line = JSON.stringify({
    id: "kept",
    command: waitingJob(queue, "kept"),
    timeout: "3s",
    kill_after: "0s",
    max_retries: 1,
  });
  await queue.ok("enqueue", line);
  const [pid] = await waitForRuns(queue, "kept", 1);
  await killAll(queue);
  await queue.ok("worker", "start");
  const kept = await queue.waitForState("kept", "dead");
  assertEquals([kept.runs.length, kept.runs[0]!.outcome, kept.runs[0]!.adopted], [1, "timeout", true]);
  assertEquals(isAlive(pid!), false);
});

Deno.test("a removed job leaves nothing, one that runs is refused", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "big", "--", "yes | head -c 200000");
  await queue.waitForState("big", "completed");
  await queue.ok("enqueue", "--id", "busy", "--", waitingJob(queue, "busy"));
  await waitForRuns(queue, "busy", 1);
  const refused = await queue.call(["remove", "busy"]);
  assertEquals(refused.code, 3);
  assertStringIncludes(refused.stderr, "Cancel it first: queuectl cancel busy");
  await queue.ok("remove", "big");
  assertEquals((await queue.call(["show", "big"])).code, 3);
  const left = [...Deno.readDirSync(`${queue.home}/runs`)].map(({ name }) => name);
  assertEquals(left.filter((name) => name.startsWith("1-")), []);
  await letEnd(queue, "busy");
  await queue.waitForState("busy", "completed");
  assertEquals((await pidsOf(queue, "busy")).length, 1);
  assertEquals((await workersOf(queue)).length, 1);
});

Deno.test("wrong words are refused, and change nothing", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", "true");
  const cases: [string[], number, string][] = [
    [["cancel"], 2, "it needs the ids of jobs"],
    [["cancel", "../../x"], 2, "that cannot be an id"],
    [["cancel", "nobody"], 3, 'Cannot cancel job "nobody": there is no such job'],
    [["retry", "nobody"], 3, 'Cannot retry job "nobody": there is no such job'],
    [["remove", "nobody"], 3, 'Cannot remove job "nobody": there is no such job'],
    [["remove"], 2, "it needs the ids of jobs"],
    [["cancel", "j", "--force"], 2, "--force"],
    [["enqueue", "--timeout", "soon", "--", "true"], 2, '"timeout" cannot be "soon"'],
    [["enqueue", "--kill-after", "-1s", "--", "true"], 2, '"kill_after" cannot be "-1s"'],
  ];
  for (const [args, code, found] of cases) {
    const finished = await queue.call(args);
    assertEquals(finished.code, code, `${args.join(" ")}: ${finished.stderr}`);
    assertStringIncludes(finished.stderr, found);
  }
  assertEquals((await queue.job("j")).state, "pending");
});
