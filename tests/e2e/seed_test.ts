/** The flows that the program exists for, on every form of the program. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Program, programs, type StatusShape, TestQueue, type WorkerShape } from "../support/program.ts";

for (const program of programs) defineFlows(program);

function defineFlows(program: Program): void {
  const flow = (name: string, body: (queue: TestQueue) => Promise<void>): void =>
    Deno.test(`${name} (${program.name})`, async () => {
      await using queue = await TestQueue.create(program);
      await body(queue);
    });

  flow("a good job completes", async (queue) => {
    assertEquals(await queue.ok("enqueue", '{"id":"job1","command":"echo Hello World"}'), "job1\n");
    await queue.ok("worker", "start");
    const job = await queue.waitForState("job1", "completed");
    assertEquals([job.exit_code, job.attempts, job.runs.length], [0, 1, 1]);
    assertEquals(await queue.ok("logs", "job1"), "Hello World\n");
    assertEquals((await queue.json<StatusShape>("status")).completed, 1);
  });

  flow("a bad job is pending between its retries and dead after three attempts", async (queue) => {
    await queue.ok("enqueue", "--id", "bad", "--", "exit 7");
    await queue.ok("worker", "start");
    await queue.waitFor("the retry to be listed as pending", async () => {
      const pending = await queue.json("list", "--state", "pending");
      return pending.some((job) => job.id === "bad" && job.attempts === 1);
    });
    assertEquals((await queue.json("list", "--state", "failed")).map((job) => job.id), ["bad"]);
    const job = await queue.waitForState("bad", "dead");
    assertEquals([job.attempts, job.exit_code], [3, 7]);
    assertEquals(job.runs.map((run) => run.outcome), ["failed", "failed", "failed"]);
    const gaps = job.runs.slice(1).map((run, i) =>
      Date.parse(run.started_at) - Date.parse(job.runs[i]!.finished_at!)
    );
    assert(gaps[0]! >= 2000 && gaps[0]! < 3900, `the first retry came after ${gaps[0]} ms`);
    assert(gaps[1]! >= 4000 && gaps[1]! < 7900, `the second retry came after ${gaps[1]} ms`);
    assertEquals((await queue.json("dlq", "list")).map((dead) => dead.id), ["bad"]);
    assertStringIncludes(await queue.ok("dlq", "list"), "exit code 7");
  });

  flow("a long job stays processing after worker stop until it is done", async (queue) => {
    const gate = queue.path("gate");
    await queue.ok("enqueue", "--id", "long", "--", `while [ ! -e ${gate} ]; do sleep 0.05; done; echo done`);
    await queue.ok("worker", "start");
    await queue.waitForState("long", "processing");
    const first = await queue.call(["worker", "stop"]);
    assertMatch(first.stderr, /Stopping 1 worker\. 1 is finishing a job\./);
    for (let i = 0; i < 3; i++) assertEquals((await queue.call(["worker", "stop"])).code, 0);
    assertEquals((await queue.json<WorkerShape[]>("worker", "list"))[0]!.state, "stopping");
    assertEquals((await queue.job("long")).state, "processing");
    await Deno.writeTextFile(gate, "");
    const job = await queue.waitForState("long", "completed");
    assertEquals([job.attempts, job.runs.length], [1, 1]);
    assertEquals((await queue.call(["worker", "stop", "--wait"])).code, 0);
    assertEquals(await queue.json<WorkerShape[]>("worker", "list"), []);
  });

  flow("several workers never run one job twice", async (queue) => {
    const file = queue.path("ran");
    const lines = Array.from(
      { length: 100 },
      (_, i) => JSON.stringify({ id: `j${i}`, command: `echo j${i} >>${file}` }),
    );
    const enqueued = await queue.call(["enqueue", "-"], { stdin: lines.join("\n") });
    assertEquals(enqueued.stdout.split("\n").filter((line) => line !== "").length, 100);
    await queue.ok("worker", "start", "--count", "4");
    await queue.waitFor(
      "all to complete",
      async () => (await queue.json<StatusShape>("status")).completed === 100,
      60_000,
    );
    const ran = (await Deno.readTextFile(file)).trim().split("\n");
    assertEquals(ran.toSorted(), lines.map((line) => JSON.parse(line).id).toSorted());
    const workers = new Set(
      (await Promise.all([0, 33, 66, 99].map((i) => queue.job(`j${i}`)))).map((job) => job.runs[0]!.worker),
    );
    assert(workers.size >= 1);
  });

  flow("everything survives a restart", async (queue) => {
    await queue.ok("enqueue", "--id", "a", "--", "true");
    await queue.ok("enqueue", "--id", "b", "--priority", "5", "--max-retries", "1", "--", "false");
    await queue.ok("enqueue", "--id", "c", "--delay", "1h", "--env", "X=1", "--", "printf", "%s", "$X");
    await queue.ok("worker", "start");
    await queue.waitForState("a", "completed");
    await queue.waitForState("b", "dead");
    await queue.ok("worker", "stop", "--wait");
    const before = await queue.ok("list", "--json");
    await queue.ok("worker", "start");
    await queue.ok("worker", "stop", "--wait");
    assertEquals(await queue.ok("list", "--json"), before);
    const c = (await queue.json("list")).find((job) => job.id === "c")!;
    assertEquals([c.argv, c.env, c.state], [["printf", "%s", "$X"], { X: "1" }, "pending"]);
  });

  flow("a dead job is retried with all its attempts, and its history stays", async (queue) => {
    const file = queue.path("mended");
    await queue.ok("enqueue", "--id", "x", "--max-retries", "1", "--", `test -e ${file}`);
    await queue.ok("worker", "start");
    await queue.waitForState("x", "dead");
    await Deno.writeTextFile(file, "");
    await queue.ok("dlq", "retry", "x");
    const job = await queue.waitForState("x", "completed");
    assertEquals(job.runs.map((run) => [run.number, run.outcome]), [[1, "failed"], [2, "completed"]]);
    const refused = await queue.call(["dlq", "retry", "x"]);
    assertEquals(refused.code, 3);
    assertStringIncludes(refused.stderr, "it is completed, not dead");
  });

  flow("higher priority goes first, then arrival", async (queue) => {
    const file = queue.path("order");
    for (const [id, priority] of [["low", "-1"], ["one", "0"], ["two", "0"], ["high", "1"]] as const) {
      await queue.ok("enqueue", "--id", id, "--priority", priority, "--", `echo ${id} >>${file}`);
    }
    await queue.ok("worker", "start");
    await queue.waitFor(
      "all to complete",
      async () => (await queue.json<StatusShape>("status")).completed === 4,
    );
    assertEquals((await Deno.readTextFile(file)).trim().split("\n"), ["high", "one", "two", "low"]);
  });

  flow("status has its form", async (queue) => {
    await queue.ok("enqueue", "--delay", "1h", "--", "true");
    const lines = (await queue.ok("status")).split("\n");
    assertEquals(lines.slice(0, 6), [
      "--- Job Status Summary ---",
      "- Pending     : 1",
      "- Processing  : 0",
      "- Completed   : 0",
      "- Failed      : 0",
      "- Dead        : 0",
    ]);
    assertMatch(lines[6]!, /^No workers .* · 1 delayed, next due in (1h|59m.*)$/);
  });

  flow("words after -- are executed unchanged, one word by the shell", async (queue) => {
    await queue.ok(
      "enqueue",
      "--id",
      "words",
      "--",
      "printf",
      "<%s>",
      "a b",
      "$HOME",
      "*",
      "",
      "back\\slash",
      "'q'",
    );
    await queue.ok("enqueue", "--id", "line", "--", "echo $((1 + 2)) | cat");
    await queue.ok("worker", "start");
    await queue.waitForState("words", "completed");
    await queue.waitForState("line", "completed");
    assertEquals(await queue.ok("logs", "words"), "<a b><$HOME><*><><back\\slash><'q'>");
    assertEquals(await queue.ok("logs", "line"), "3\n");
  });
}
