/** What `enqueue` says of jobs that no worker could ever take. */

import { assertEquals } from "@std/assert";
import { quickest, TestQueue } from "../support/program.ts";

Deno.test("a script is told of jobs that no running worker could take, and not that none is there", async () => {
  await using queue = await TestQueue.create(quickest);
  const said = async (...args: string[]) =>
    (await queue.call(["enqueue", "--id", crypto.randomUUID(), ...args, "--", "true"])).stderr.split("\n")
      .slice(1, -1);
  assertEquals(await said("--needs", "gpu"), []);
  await queue.ok("worker", "start", "--queues", "default,img-*", "--tags", "linux", "--resource", "gpu=1");
  assertEquals(await said(), []);
  assertEquals(await said("--queue", "img-2", "--needs", "linux", "--resource", "gpu=1"), []);
  const start = "Start one: queuectl worker start";
  assertEquals(await said("--queue", "video"), [
    `No running worker takes jobs of queue video. ${start} --queues video`,
  ]);
  assertEquals(await said("--needs", "gpu,linux"), [
    `No running worker for queue default offers gpu,linux. ${start} --tags gpu,linux`,
  ]);
  assertEquals(await said("--slots", "2"), [
    `It takes 2 slots, and no running worker that it could go to has more than 1. ${start} --concurrency 2`,
  ]);
  assertEquals(await said("--resource", "gpu=2"), [
    "It takes gpu=2, and no running worker that it could go to is on a host with that much. " +
    `${start} --resource gpu=2`,
  ]);
});

Deno.test("of many jobs each kind that nobody could take is told once", async () => {
  await using queue = await TestQueue.create(quickest);
  await queue.ok("worker", "start");
  const lines = ["default", "video", "video", "a", "b", "c"].map((name) =>
    JSON.stringify({ command: "true", queue: name })
  );
  const { stderr, stdout } = await queue.call(["enqueue", "-"], { stdin: lines.join("\n") });
  assertEquals(stdout.split("\n").length, 7);
  assertEquals(stderr.split("\n"), [
    "Accepted 6 jobs.",
    "Of 2 jobs: No running worker takes jobs of queue video. Start one: queuectl worker start --queues video",
    "Of 1 job: No running worker takes jobs of queue a. Start one: queuectl worker start --queues a",
    "Of 1 job: No running worker takes jobs of queue b. Start one: queuectl worker start --queues b",
    "… and so for 1 more kinds of jobs.",
    "",
  ]);
});
