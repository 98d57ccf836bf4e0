/** Waiting on a real terminal: the bar for many jobs, and Ctrl-C. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { programs, TestQueue } from "../support/program.ts";
import { Terminal } from "../support/terminal.ts";

for (const program of programs) {
  Deno.test(`who waits for many jobs sees how many have ended, and nothing of it afterwards (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await queue.ok("enqueue", "--id", "a", "--", "true");
    await queue.ok("enqueue", "--id", "b", "--", waitingJob(queue, "b"));
    await queue.ok("worker", "start", "--concurrency", "2");
    await queue.waitForState("a", "completed");
    await using terminal = Terminal.start(queue, ["wait", "a", "b"]);
    await terminal.waitFor(`[${"█".repeat(15)}${"·".repeat(15)}] 1 of 2 jobs have ended`);
    await letEnd(queue, "b");
    assertEquals(await terminal.end(), 0);
    const last = terminal.shown.split("\r\x1b[2K").at(-1);
    assertEquals(last, "2 of 2 jobs completed.\r\n");
  });

  Deno.test(`Ctrl-C leaves what run has started, and says so on a line of its own (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await queue.ok("worker", "start");
    const words = ["run", "--id", "j", "--", `printf begun; ${waitingJob(queue, "j")}`];
    await using terminal = Terminal.start(queue, words);
    await terminal.waitFor("begun");
    await waitForRuns(queue, "j", 1);
    await terminal.type("\x03");
    assertEquals(await terminal.end(), 130);
    const lines = terminal.shown.split("\r\n");
    assert(lines.includes("No longer waiting; job j goes on."), JSON.stringify(terminal.shown));
    assertStringIncludes(terminal.shown, "queuectl logs --follow j");
    assertEquals((await queue.job("j")).state, "processing");
    await letEnd(queue, "j");
    await queue.waitForState("j", "completed");
  });
}

Deno.test("what a job is to read is not asked for on a terminal", async () => {
  await using queue = await TestQueue.create();
  await using terminal = Terminal.start(queue, ["enqueue", "--stdin", "-", "--", "cat"], { columns: 200 });
  assertEquals(await terminal.end(), 2);
  assertStringIncludes(
    terminal.shown,
    "stdin is a terminal; pipe into it what the job is to read, or name a file",
  );
  assertEquals(await Deno.stat(queue.home).catch(() => null), null);
});
