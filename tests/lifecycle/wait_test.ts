/** Waiting for jobs: real workers, real signals, and what can happen to a job meanwhile. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { killAll, letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { type Finished, programs, quickest, TestQueue } from "../support/program.ts";

/** Nobody looks by itself before the test is over. */
const slow = { QUEUECTL_POLL_INTERVAL: "10m", QUEUECTL_LEASE: "1h", QUEUECTL_BACKOFF_BASE: "0" };

interface Waiting {
  readonly child: Deno.ChildProcess;
  readonly finished: Promise<Finished>;
}

function start(queue: TestQueue, ...args: readonly string[]): Waiting {
  const child = queue.spawn(args);
  const finished = child.output().then(({ code, stdout, stderr }) => ({
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  }));
  return { child, finished };
}

/** Starts a wait, and returns once it listens. */
async function startListening(queue: TestQueue, ...args: readonly string[]): Promise<Waiting> {
  const before = waitersOf(queue);
  const waiting = start(queue, ...args);
  await queue.waitFor("a waiter to listen", () => Promise.resolve(waitersOf(queue) > before));
  return waiting;
}

function waitersOf(queue: TestQueue): number {
  try {
    return [...Deno.readDirSync(`${queue.home}/wake/waiters`)].length;
  } catch {
    return 0;
  }
}

async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function change(queue: TestQueue, sql: string): void {
  using database = new DatabaseSync(`${queue.home}/queue.sqlite`, { timeout: 10_000 });
  database.exec(sql);
}

for (const program of programs) {
  Deno.test(`wait ends with the exit code that stands for the job (${program.name})`, async () => {
    await using queue = await TestQueue.create(program, { ...slow, QUEUECTL_JOB_TIMEOUT: "2s" });
    const jobs: readonly (readonly [id: string, command: string, code: number, says: string])[] = [
      ["fine", "true", 0, ""],
      ["seven", "exit 7", 7, "failed 1 of 1 attempts (exit code 7)"],
      ["not-found", "exec /none/such", 127, "exit code 127"],
      ["killed", "kill -9 $$", 137, "exit code 137, SIGKILL"],
      ["told", "kill -TERM $$", 143, "exit code 143, SIGTERM"],
      // Takes its wrapper along, so that nobody leaves an exit code.
      ["all-killed", "kill -9 0", 137, "no exit code, SIGKILL; this ends with 137"],
      // Obeys, and says that all is well.
      ["too-long", "trap 'exit 0' TERM; sleep 100 & wait", 1, "exit code 0; this ends with 1"],
    ];
    for (const [id, command] of jobs) {
      await queue.ok("enqueue", "--id", id, "--max-retries", "1", "--", command);
    }
    const waits: Waiting[] = [];
    for (const [id] of jobs) waits.push(await startListening(queue, "wait", id));
    await queue.ok("worker", "start", "--count", "2");
    for (const [index, [id, , code, says]] of jobs.entries()) {
      const { finished } = waits[index]!;
      const found = await within(30_000, `the end of ${id}`, finished);
      assertEquals([id, found.code, found.stdout], [id, code, ""], found.stderr);
      assertStringIncludes(found.stderr, says);
      // It has ended by now; that gives the same.
      assertEquals((await queue.call(["wait", id])).code, code);
    }
    assertEquals(waitersOf(queue), 0, "a waiter has left something behind");
    const ids = jobs.map(([id]) => id);
    const all = await queue.call(["wait", ...ids, "--json"]);
    assertEquals(all.code, 1);
    const ends: Record<string, unknown>[] = JSON.parse(all.stdout);
    assertEquals(ends.map(({ id, code }) => [id, code]), jobs.map(([id, , code]) => [id, code]));
    assertEquals(ends[5], {
      id: "all-killed",
      state: "dead",
      exit_code: null,
      signal: "SIGKILL",
      reason: "failed 1 of 1 attempts",
      code: 137,
    });
    assertEquals((await queue.call(["wait", "fine", "fine"])).code, 0);
  });
}

Deno.test("wait of a cancelled job ends with 125", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  await queue.ok("enqueue", "--id", "j", "--", "true");
  change(queue, "UPDATE jobs SET state = 'cancelled', reason = 'by request', finished_at = 1 WHERE id = 'j'");
  const { code, stderr } = await queue.call(["wait", "j"]);
  assertEquals(code, 125);
  assertStringIncludes(stderr, "Job j is cancelled: by request");
});

Deno.test("wait says the time is up, and the job goes on; wrong calls wait for nothing", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  assertEquals((await queue.call(["wait", "j"])).code, 3, "there is no store");
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  const startedAt = performance.now();
  const { code, stderr, stdout } = await queue.call(["wait", "j", "--timeout", "500ms", "--json"]);
  assertEquals(code, 124);
  assert(performance.now() - startedAt >= 500);
  assertStringIncludes(stderr, "The time is up: job j is processing, and has not ended.");
  assertEquals(JSON.parse(stdout), [
    { id: "j", state: "processing", exit_code: null, signal: null, reason: null, code: null },
  ]);
  assertEquals((await queue.call(["wait", "j", "--timeout", "0"])).code, 124);
  const unknown = await queue.call(["wait", "j", "none"]);
  assertEquals([unknown.code, unknown.stderr.includes('Cannot wait for job "none"')], [3, true]);
  for (const args of [[], ["j", "--timeout", "soon"], ["j", "--timeout", "5"], ["a/b"], ["--any"]]) {
    assertEquals((await queue.call(["wait", ...args])).code, 2, args.join(" "));
  }
  await letEnd(queue, "j");
  assertEquals((await queue.call(["wait", "j", "--timeout", "20s"])).code, 0);
});

Deno.test("wait of several ends with the last, and with --any with the first, which it names", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  for (const id of ["a", "b"]) await queue.ok("enqueue", "--id", id, "--", waitingJob(queue, id));
  await queue.ok("enqueue", "--id", "c", "--max-retries", "1", "--", `${waitingJob(queue, "c")}; exit 9`);
  await queue.ok("worker", "start", "--concurrency", "3");
  const any = await startListening(queue, "wait", "a", "b", "c", "--any");
  const both = await startListening(queue, "wait", "a", "c");
  const good = await startListening(queue, "wait", "a", "b");
  await letEnd(queue, "c");
  const first = await within(20_000, "the first end", any.finished);
  assertEquals([first.code, first.stdout], [9, "c\n"], first.stderr);
  await letEnd(queue, "a");
  const mixed = await within(20_000, "both ends", both.finished);
  assertEquals([mixed.code, mixed.stdout], [1, ""]);
  assertStringIncludes(mixed.stderr, "Job c is dead");
  assertStringIncludes(mixed.stderr, "1 of 2 jobs completed.");
  await letEnd(queue, "b");
  assertEquals((await within(20_000, "the last end", good.finished)).code, 0);
});

Deno.test("who waits does nothing meanwhile, and is woken long before it would look", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  const { child, finished } = await startListening(queue, "wait", "j");
  // It looks by itself 1, 3 and 7 seconds after it began, and so on.
  await new Promise((resolve) => setTimeout(resolve, 3400));
  const before = cpuMsOf(child.pid);
  await new Promise((resolve) => setTimeout(resolve, 500));
  if (before !== null) assert(cpuMsOf(child.pid)! - before <= 50, "it is busy while it waits");
  await letEnd(queue, "j");
  assertEquals((await within(2_500, "the wake-up", finished)).code, 0);
});

/** The processor time that a process has used, in milliseconds, or null where that cannot be read. */
function cpuMsOf(pid: number): number | null {
  try {
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return null;
  }
}

Deno.test("a job that dies and is retried before a stopped waiter looks is waited for anew", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  const command = `${waitingJob(queue, "j")}; [ -e ${queue.path("fixed")} ]`;
  await queue.ok("enqueue", "--id", "j", "--max-retries", "1", "--", command);
  await queue.ok("enqueue", "--id", "k", "--max-retries", "1", "--", "exit 3");
  await queue.ok("worker", "start");
  const { child, finished } = await startListening(queue, "wait", "j");
  const several = await startListening(queue, "wait", "j", "k");
  child.kill("SIGSTOP");
  await letEnd(queue, "j");
  await queue.waitForState("j", "dead");
  // What has ended once counts for who saw it.
  assertEquals((await within(20_000, "both ends", several.finished)).code, 1);
  await Deno.remove(queue.path("j.go"));
  await Deno.writeTextFile(queue.path("fixed"), "");
  await queue.ok("dlq", "retry", "j");
  await waitForRuns(queue, "j", 2);
  child.kill("SIGCONT");
  await new Promise((resolve) => setTimeout(resolve, 300));
  await letEnd(queue, "j");
  assertEquals((await within(20_000, "the second end", finished)).code, 0);
});

Deno.test("a run whose workers die is waited for until the next ones have settled it", async () => {
  await using queue = await TestQueue.create(quickest, {
    QUEUECTL_POLL_INTERVAL: "200ms",
    QUEUECTL_LEASE: "2s",
    QUEUECTL_HEARTBEAT: "400ms",
  });
  await queue.ok("enqueue", "--id", "j", "--max-retries", "1", "--", `${waitingJob(queue, "j")}; exit 4`);
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  const { finished } = await startListening(queue, "wait", "j");
  await killAll(queue);
  await letEnd(queue, "j");
  await queue.ok("worker", "start");
  assertEquals((await within(20_000, "the end", finished)).code, 4);
});

Deno.test("a job that is removed while it is waited for, or its home, ends the wait with what happened", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  for (const id of ["j", "k"]) await queue.ok("enqueue", "--id", id, "--", "true");
  const removed = await startListening(queue, "wait", "k", "j");
  const homeless = await startListening(queue, "wait", "k");
  change(queue, "DELETE FROM jobs WHERE id = 'j'");
  const first = await within(20_000, "the removal", removed.finished);
  assertEquals([first.code, first.stdout], [3, ""]);
  assertStringIncludes(first.stderr, 'Cannot go on waiting for job "j": it was removed');
  await Deno.remove(queue.home, { recursive: true });
  const second = await within(20_000, "the end of the home", homeless.finished);
  assertEquals([second.code, second.stdout], [4, ""]);
  assertStringIncludes(second.stderr, "the home was removed or replaced");
});

for (const program of programs) {
  Deno.test(`run shows what the job writes, where it writes it, and ends like it (${program.name})`, async () => {
    await using queue = await TestQueue.create(program, slow);
    const idle = start(queue, "run", "--id", "first", "--", "echo out; echo err >&2");
    await queue.waitFor("the job", async () => (await queue.call(["show", "first"])).code === 0);
    await queue.ok("worker", "start");
    const first = await within(20_000, "the first run", idle.finished);
    assertEquals([first.code, first.stdout], [0, "out\n"]);
    assertStringIncludes(first.stderr, "No worker is running. Start one: queuectl worker start");
    assertStringIncludes(first.stderr, "err\n");
    const once = await queue.call(["run", "--max-retries", "1", "--", "printf '%s' a; exit 5"]);
    assertEquals([once.code, once.stdout], [5, "a"]);
    assert(!once.stderr.includes("No worker"), once.stderr);
    // A word of the shell that is no program.
    const unknown = await queue.call(["run", "--max-retries", "1", "--", "exit", "3"]);
    assertEquals(unknown.code, 127);
    assertStringIncludes(unknown.stderr, "(exit code 127: command not found)");
    const flag = queue.path("flag");
    const again = await queue.call([
      "run",
      "--",
      `[ -e ${flag} ] && echo yes && exit; echo no; : >${flag}; exit 1`,
    ]);
    assertEquals([again.code, again.stdout], [0, "no\nyes\n"]);
    assertStringIncludes(again.stderr, "run 1 ended: failed; the job is tried again");
    const wanting = start(queue, "run", "--id", "w", "--needs", "gpu", "--", "true");
    await queue.waitFor("the job", async () => (await queue.call(["show", "w"])).code === 0);
    await queue.ok("worker", "start", "--tags", "gpu");
    const found = await within(20_000, "the job with needs", wanting.finished);
    assertEquals(found.code, 0);
    assertStringIncludes(
      found.stderr,
      "No running worker for queue default offers gpu. Start one: queuectl worker start --tags gpu",
    );
  });

  Deno.test(`Ctrl-C ends run and wait, not the job, and says how to come back (${program.name})`, async () => {
    await using queue = await TestQueue.create(program, slow);
    await queue.ok("worker", "start");
    const run = await startListening(
      queue,
      "run",
      "--id",
      "j",
      "--",
      `echo begun; ${waitingJob(queue, "j")}; exit 6`,
    );
    await waitForRuns(queue, "j", 1);
    run.child.kill("SIGINT");
    const left = await within(20_000, "the end of run", run.finished);
    assertEquals(left.code, 130, left.stderr);
    assertStringIncludes(left.stderr, "queuectl logs --follow j");
    assertStringIncludes(left.stderr, "queuectl wait j");
    const wait = await startListening(queue, "wait", "j");
    wait.child.kill("SIGTERM");
    assertEquals((await within(20_000, "the end of wait", wait.finished)).code, 143);
    assertEquals(waitersOf(queue), 0);
    const job = await queue.job("j");
    assertEquals([job.state, job.runs.length], ["processing", 1]);
    await queue.ok("worker", "list");
    const back = await startListening(queue, "wait", "j");
    await letEnd(queue, "j");
    // It has attempts left.
    await waitForRuns(queue, "j", 3);
    assertEquals((await within(20_000, "the job", back.finished)).code, 6);
  });
}

Deno.test("a run of much output loses none of it", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  await queue.ok("worker", "start");
  const { code, stdout } = await queue.call(["run", "--", "seq 200000"]);
  assertEquals(code, 0);
  assertEquals(stdout, Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join(""));
});

Deno.test("enqueue --wait and --follow end like the job, and accept before they wait", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  await queue.ok("worker", "start");
  const one = await queue.call(["enqueue", "--id", "a", "--max-retries", "1", "--wait", "--", "exit 3"]);
  assertEquals([one.code, one.stdout], [3, "a\n"]);
  const followed = await queue.call(["enqueue", "--id", "b", "--follow", "--", "echo hi"]);
  assertEquals([followed.code, followed.stdout], [0, "hi\n"]);
  const stdin = `{"id":"c","command":"true"}\n{"id":"d","command":"exit 2","max_retries":1}\n`;
  const many = await queue.call(["enqueue", "-", "--wait", "--json"], { stdin });
  assertEquals(many.code, 1);
  const ends: Record<string, unknown>[] = JSON.parse(many.stdout);
  assertEquals(ends.map(({ id, state, code }) => [id, state, code]), [["c", "completed", 0], [
    "d",
    "dead",
    2,
  ]]);
  for (const args of [["-", "--follow"], ["--follow", "--json", "--", "true"]]) {
    const refused = await queue.call(["enqueue", ...args], {
      stdin: stdin.replaceAll(/"id":"."/g, '"priority":1'),
    });
    assertEquals([refused.code, refused.stdout], [2, ""], refused.stderr);
  }
  assertEquals((await queue.json<{ total: number }>("status")).total, 4);
});

Deno.test("thousands of jobs are waited for without looking at them all the time", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  const ids = Array.from({ length: 2000 }, (_, index) => `j${index}`);
  const lines = ids.map((id) => JSON.stringify({ id, command: ":" })).join("\n");
  await queue.call(["enqueue", "-"], { stdin: lines });
  const { child, finished } = await startListening(queue, "wait", ...ids);
  await queue.ok("worker", "start", "--count", "2", "--concurrency", "2");
  await queue.waitFor("most jobs to be done", async () => {
    const { completed } = await queue.json<{ completed: number }>("status");
    return completed > 1500;
  }, 120_000);
  const cpuMs = cpuMsOf(child.pid);
  assertEquals((await within(60_000, "the last end", finished)).code, 0);
  if (cpuMs !== null) assert(cpuMs < 4000, `it took ${cpuMs} ms of processor time`);
});
