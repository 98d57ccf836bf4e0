/** Tags: a job runs only where a worker offers what it needs. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { workersOf } from "../support/jobs.ts";
import { quickest, TestQueue } from "../support/program.ts";

/** Only wake-ups are as quick as the deadlines of a test then. */
const onlyWakeUps = { QUEUECTL_POLL_INTERVAL: "10m", QUEUECTL_LEASE: "1h" };

Deno.test("a job with needs waits for a worker that offers them, and lets nobody wait", async () => {
  await using queue = await TestQueue.create(quickest, onlyWakeUps);
  await queue.ok("worker", "start", "--count", "2");
  await queue.ok("enqueue", "--id", "gpu", "--priority", "9", "--needs", "gpu,linux", "--", "echo seen");
  await queue.ok("enqueue", '{"id":"plain","command":"true"}');
  await queue.waitForState("plain", "completed");
  const waiting = await queue.job("gpu");
  assertEquals([waiting.state, waiting.needs, waiting.runs], ["pending", ["gpu", "linux"], []]);
  assertStringIncludes(await queue.ok("show", "gpu"), "gpu, linux (no worker offers that)");
  await queue.ok("worker", "start", "--tags", "linux,cuda,gpu");
  await queue.waitForState("gpu", "completed");
  await queue.ok("enqueue", "--id", "again", "--needs", "gpu", "--needs", "cuda", "--", "true");
  assertEquals((await queue.waitForState("again", "completed")).needs, ["cuda", "gpu"]);
  const tags = (await workersOf(queue)).map((worker) => worker.tags);
  assertEquals(tags.toSorted((a, b) => a.length - b.length), [[], [], ["cuda", "gpu", "linux"]]);
  assertStringIncludes(await queue.ok("worker", "list"), "cuda,gpu,linux");
});

Deno.test("tags can be kept as a setting of a host", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("config", "set", "tags", "linux,gpu");
  assertEquals((await queue.ok("config", "get", "tags")).trim(), "gpu,linux");
  await queue.ok("enqueue", "--id", "j", "--needs", "gpu", "--", "true");
  await queue.ok("worker", "start");
  await queue.waitForState("j", "completed");
});

Deno.test("a dead job with needs is retried by who offers them", async () => {
  await using queue = await TestQueue.create(quickest, onlyWakeUps);
  await queue.ok("worker", "start", "--count", "2");
  await queue.ok("worker", "start", "--tags", "gpu");
  const command = `test -e ${queue.path("fixed")}`;
  await queue.ok("enqueue", "--id", "j", "--needs", "gpu", "--max-retries", "1", "--", command);
  await queue.waitForState("j", "dead");
  await Deno.writeTextFile(queue.path("fixed"), "");
  await queue.ok("dlq", "retry", "j");
  await queue.waitForState("j", "completed");
});

Deno.test("what is no tag is refused, and said", async () => {
  await using queue = await TestQueue.create();
  const cases: [string[], string][] = [
    [["enqueue", "--needs", "GPU", "--", "true"], '"GPU" in "needs" is not a tag'],
    [["enqueue", "--needs", "a b", "--", "true"], '"a b" in "needs" is not a tag'],
    [["enqueue", '{"command":"true","needs":"gpu"}'], '"needs" must be a list of tags'],
    [["enqueue", '{"command":"true","tags":["gpu"]}'], 'Did you mean "needs"?'],
    [["worker", "start", "--tags", "a,,b"], '"a,,b" is not a value of tags'],
    [["worker", "start", "--tags", "../x"], '"../x" is not a value of tags'],
  ];
  for (const [args, found] of cases) {
    const { code, stderr } = await queue.call(args);
    assertEquals(code, 2, `${args.join(" ")}: ${stderr}`);
    assertStringIncludes(stderr, found);
  }
});
