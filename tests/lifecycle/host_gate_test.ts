/** A host that has too much to do starts nothing, says why, and goes on when that is over. What it offers is seen. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { quickest, TestQueue } from "../support/program.ts";

/** More memory than any machine has. */
const tooMuch = "1000GB";

interface HeldShape {
  readonly id: string;
  readonly held: string | null;
  readonly queues: string[];
  readonly resources: Record<string, number>;
}

const workers = (queue: TestQueue) => queue.json<HeldShape[]>("worker", "list");

Deno.test("a worker below min_memory claims nothing, its list says why, and what runs goes on", async () => {
  await using queue = await TestQueue.create(quickest, { QUEUECTL_POLL_INTERVAL: "200ms" });
  await queue.ok("enqueue", "--id", "runs", "--", waitingJob(queue, "runs"));
  await queue.ok("worker", "start", "--concurrency", "2");
  await waitForRuns(queue, "runs", 1);
  await queue.ok("config", "set", "min_memory", tooMuch);
  await queue.waitFor("the worker to be held", async () => (await workers(queue))[0]!.held !== null);
  const [worker] = await workers(queue);
  assertStringIncludes(worker!.held!, `below min_memory ${tooMuch}`);
  assertStringIncludes(await queue.ok("worker", "list"), `below min_memory ${tooMuch}`);
  await queue.ok("enqueue", "--id", "j", "--", "true");
  const { gate, sentence } = await queue.json<{ gate: string; sentence: string }>("explain", "j");
  assertEquals(gate, "host");
  assertStringIncludes(sentence, "claims nothing for now: its available memory is");
  await letEnd(queue, "runs");
  await queue.waitForState("runs", "completed");
  assertEquals((await queue.job("j")).state, "pending", "nothing follows what has ended");
  await queue.ok("config", "unset", "min_memory");
  await queue.waitForState("j", "completed");
  await queue.waitFor("its row to say so", async () => (await workers(queue))[0]!.held === null);
  assertStringIncludes(queue.log(), "claims nothing for now: its available memory is");
  assertStringIncludes(queue.log(), "claims jobs again");
});

Deno.test("queues and resources of a worker are what its flags say, by either name", async () => {
  await using queue = await TestQueue.create();
  await queue.ok(
    ...["worker", "start", "--queues", "video,img-*", "--resource", "gpu=2", "--resource", "license=1"],
    ...["--max-load", "9999"],
  );
  const [worker] = await workers(queue);
  assertEquals([worker!.queues, worker!.resources, worker!.held], [
    ["video", "img-*"],
    { gpu: 2, license: 1 },
    null,
  ]);
  const table = await queue.ok("worker", "list");
  assertStringIncludes(table, "video,img-*");
  assertStringIncludes(table, "gpu=2,license=1");
  const cases: [string[], string][] = [
    [["--resource", "gpu"], '"gpu" is not a value of resources'],
    [["--resource", "gpu=1", "--resource", "gpu=2"], '"gpu=1,gpu=2" is not a value of resources'],
    [["--resorce", "gpu=1"], 'Did you mean "--resource"?'],
    [["--queues", "a b"], '"a b" is not a value of queues'],
    [["--max-load", "high"], '"high" is not a value of max_load'],
    [["--min-memory", "2"], '"2" is not a value of min_memory'],
  ];
  for (const [args, found] of cases) {
    const { code, stderr } = await queue.call(["worker", "start", ...args]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, found);
  }
});
