/** What is said where queues, keys, resources and dependencies come together. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TestQueue } from "../support/program.ts";

Deno.test("show tells the key, the slots and the resources of a job", async () => {
  await using queue = await TestQueue.create();
  await queue.ok(
    "enqueue",
    "--id",
    "a",
    "--key",
    "ada",
    "--slots",
    "2",
    "--resource",
    "gpu=1,license=3",
    "--",
    "true",
  );
  const shown = await queue.ok("show", "a");
  assertMatch(shown, /^ {2}key +ada$/m);
  assertMatch(shown, /^ {2}slots +2$/m);
  assertMatch(shown, /^ {2}resources +gpu=1, license=3$/m);
  const twice = await queue.call(["enqueue", "--resource", "gpu=1,gpu=2", "--", "true"]);
  assertEquals(twice.code, 2);
  assertStringIncludes(twice.stderr, "--resource gives gpu twice");
});

Deno.test("a list of parents that is empty is refused: a variable of a script was not set", async () => {
  await using queue = await TestQueue.create();
  for (const flag of ["--after", "--after-any", "--after-fail"]) {
    const { code, stdout, stderr } = await queue.call(["enqueue", flag, "", "--", "true"]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, `${flag} needs the ids of jobs, not ""`);
  }
});

Deno.test("retry --cascade says how many jobs wait again", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "a", "--", "true");
  await queue.ok("enqueue", "--id", "b", "--after", "a", "--", "true");
  await queue.ok("enqueue", "--id", "c", "--after", "b", "--", "true");
  await queue.ok("cancel", "a");
  assertStringIncludes((await queue.call(["retry", "a"])).stderr, "2 jobs that waited are still cancelled.");
  await queue.ok("cancel", "a");
  const { stderr } = await queue.call(["retry", "a", "--cascade"]);
  assertEquals(stderr, "a: due now.\n2 jobs that waited in vain: wait again.\n");
});

Deno.test("a queue that is renamed beside its workers is said to have none", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("queue", "set", "video", "--limit", "1");
  await queue.ok("enqueue", "--id", "j", "--queue", "video", "--delay", "1h", "--", "true");
  await queue.ok("worker", "start", "--queues", "video");
  const { stderr } = await queue.call(["queue", "rename", "video", "encode"]);
  assertMatch(
    stderr,
    /^video is encode now, with 1 job\.\nNo running worker takes jobs of queue encode\. Start one: .*worker start --queues encode\n$/,
  );
  const moved = await queue.call(["edit", "j", "--queue", "other"]);
  assertMatch(moved.stderr, /^j: queue encode -> other\nNo running worker takes jobs of queue other\. /);
  const same = await queue.call(["queue", "rename", "encode", "encode"]);
  assertEquals(same.code, 3);
  assertStringIncludes(same.stderr, "that is its name already");
});

Deno.test("who enqueues what waits in vain is told, and by whom its unique key is freed", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "a", "--", "true");
  await queue.ok("cancel", "a");
  const { code, stdout, stderr } = await queue.call(["enqueue", "--id", "b", "--after", "a", "--", "true"]);
  assertEquals([code, stdout], [0, "b\n"]);
  assertEquals(
    stderr,
    "Accepted b, and cancelled it at once: it waits in vain.\n  See why: queuectl explain b\n",
  );
  const lines = ["c", "d"].map((id) =>
    JSON.stringify({ id, command: "true", after: id === "c" ? [] : ["a"] })
  );
  const batch = await queue.call(["enqueue", "-"], { stdin: lines.join("\n") });
  assertEquals(
    batch.stderr,
    "Accepted 2 jobs; 1 cancelled at once: waiting in vain.\n",
  );
  await queue.ok("cancel", "c");
  await queue.ok("enqueue", "--id", "e", "--unique", "k", "--unique-for", "1h", "--", "true");
  await queue.ok("cancel", "e");
  const taken = await queue.call(["enqueue", "--unique", "k", "--on-conflict", "replace", "--", "true"]);
  assertEquals(taken.code, 3);
  assertStringIncludes(taken.stderr, "to free the key of that one: queuectl remove e");
});

Deno.test("queues whose names are counted on are not taken for slips", async () => {
  await using queue = await TestQueue.create();
  const said = async (name: string) => (await queue.call(["queue", "set", name, "--limit", "1"])).stderr;
  await said("gpu0");
  assertEquals(await said("gpu1"), "There are no jobs in gpu1 yet.\ngpu1: limit 1 (0 running)\n");
  assertStringIncludes(await said("gp1"), 'Did you mean "gpu');
});
