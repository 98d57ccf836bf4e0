/** Cancelling by a filter: the question, the count, and that nobody else's jobs are touched. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { waitForRuns, waitingJob } from "../support/jobs.ts";
import { type StatusShape, TestQueue } from "../support/program.ts";
import { Terminal } from "../support/terminal.ts";

async function enqueue(queue: TestQueue, jobs: readonly Record<string, unknown>[]): Promise<void> {
  const lines = jobs.map((job) => JSON.stringify(job)).join("\n");
  const { code, stderr } = await queue.call(["enqueue", "-"], { stdin: lines });
  assertEquals(code, 0, stderr);
}

Deno.test("cancel by a filter: in a pipe it says the count and needs --yes", async () => {
  await using queue = await TestQueue.create();
  const many = Array.from({ length: 2500 }, (_, index) => ({ id: `j${index}`, command: `encode ${index}` }));
  await enqueue(queue, [...many, { id: "other", command: "import", delay: "1h" }]);
  const refused = await queue.call(["cancel", "--command-contains", "Encode"]);
  assertEquals([refused.code, refused.stdout], [2, ""]);
  assertStringIncludes(refused.stderr, "Cannot cancel 2500 jobs: there is no terminal on which to ask");
  assertEquals((await queue.json<StatusShape>("status")).pending, 2501);
  const done = await queue.call(["cancel", "--command-contains", "Encode", "--yes", "--json"]);
  assertEquals([done.code, done.stderr], [0, "2500 jobs cancelled.\n"]);
  assertEquals(JSON.parse(done.stdout), { cancelled: 2500, ending: 0 });
  assertEquals((await queue.json("list", "--state", "pending")).map(({ id }) => id), ["other"]);
  const none = await queue.call(["cancel", "--command-contains", "Encode", "--json"]);
  assertEquals([none.code, none.stderr], [0, "0 jobs cancelled.\n"]);
  assertEquals(JSON.parse(none.stdout), { cancelled: 0, ending: 0 });
});

Deno.test("cancel by a filter ends runs on their way, and leaves what is over", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_KILL_AFTER: "1s" });
  await queue.ok("enqueue", "--id", "done", "--", "true");
  await queue.ok("worker", "start");
  await queue.waitForState("done", "completed");
  await queue.ok("enqueue", "--id", "held", "--", waitingJob(queue, "held"));
  await waitForRuns(queue, "held", 1);
  await queue.ok("enqueue", "--id", "next", "--", "true");
  const done = await queue.call(["cancel", "--queue", "default", "--yes"]);
  assertEquals([done.code, done.stdout], [0, ""]);
  assertEquals(done.stderr, "1 job cancelled, 1 run is being ended.\n");
  await queue.waitForState("held", "cancelled");
  assertEquals((await queue.job("next")).state, "cancelled");
  assertEquals((await queue.job("done")).state, "completed");
});

Deno.test("cancel by a filter asks on a terminal, and only yes is yes", async () => {
  await using queue = await TestQueue.create();
  await enqueue(queue, [1, 2, 3].map((index) => ({ id: `j${index}`, command: "true", delay: "1h" })));
  for (const [answer, code] of [["\r", 1], ["n\r", 1], ["yess\r", 1], ["\x04", 1], ["\x03", 130]] as const) {
    await using terminal = Terminal.start(queue, ["cancel", "--state", "pending"]);
    await terminal.waitFor("Cancel 3 jobs? [y/N] ");
    await terminal.type(answer);
    assertEquals(await terminal.end(), code, JSON.stringify(answer));
    assertEquals((await queue.json<StatusShape>("status")).pending, 3);
  }
  await using terminal = Terminal.start(queue, ["cancel", "--state", "pending"]);
  await terminal.waitFor("Cancel 3 jobs? [y/N] ");
  await terminal.type("y\r");
  assertEquals(await terminal.end(), 0);
  assertStringIncludes(terminal.shown, "3 jobs cancelled.");
  assertEquals((await queue.json<StatusShape>("status")).pending, 0);
});

Deno.test("what arrives while it is asked is not cancelled", async () => {
  await using queue = await TestQueue.create();
  await enqueue(queue, [{ id: "j1", command: "true", delay: "1h" }]);
  await using terminal = Terminal.start(queue, ["cancel", "--state", "pending"]);
  await terminal.waitFor("Cancel 1 job? [y/N] ");
  await enqueue(queue, [{ id: "j2", command: "true", delay: "1h" }]);
  await terminal.type("y\r");
  assertEquals(await terminal.end(), 0);
  assertEquals([(await queue.job("j1")).state, (await queue.job("j2")).state], ["cancelled", "pending"]);
});
