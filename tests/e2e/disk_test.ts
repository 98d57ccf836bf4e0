/** A disk that is really full, and one that is really read-only: small file systems in memory, where root may mount. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type StatusShape, TestQueue } from "../support/program.ts";

async function mount(...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command("mount", { args, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** A queue whose home lies on a file system of `size` that is gone afterwards. */
function onSmallDisk(
  name: string,
  size: string,
  body: (queue: TestQueue, disk: string) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using queue = await TestQueue.create(undefined, { QUEUECTL_OUTPUT_LIMIT: "1MB" });
      await Deno.mkdir(queue.home);
      if (!await mount("-t", "tmpfs", "-o", `size=${size},mode=0700`, "tmpfs", queue.home)) {
        return console.error("!!! not tested: no file system can be mounted here (it takes root)");
      }
      try {
        await body(queue, queue.home);
      } finally {
        await queue.call(["worker", "stop", "--force", "--wait"]);
        await new Deno.Command("umount", { args: ["-l", queue.home] }).output();
      }
    },
  });
}

onSmallDisk(
  "a full disk refuses jobs with exit code 4, keeps those it has, and goes on when there is room",
  "3m",
  async (queue, disk) => {
    await queue.ok("enqueue", "--id", "kept", "--", "true");
    await new Deno.Command("sh", { args: ["-c", `cat /dev/zero >${disk}/filler`], stderr: "null" }).output();
    const refused = await queue.call([
      "enqueue",
      "--id",
      "lost",
      "--env",
      `BIG=${"x".repeat(60_000)}`,
      "--",
      "true",
    ]);
    assertEquals([refused.code, refused.stdout], [4, ""], refused.stderr);
    assertStringIncludes(refused.stderr, "the disk is full");
    assert((await queue.call(["config", "set", "max_retries", "4"])).code === 4);
    const reading = await queue.call(["list", "--json"]);
    assertEquals(reading.code, 4, "SQLite itself cannot read without room for its shared memory file");
    assertStringIncludes(reading.stderr, "it may be full or failing");
    await Deno.remove(`${disk}/filler`);
    assertEquals((await queue.json("list")).map((job) => job.id), ["kept"]);
    await queue.ok("enqueue", "--id", "more", "--", "true");
    await queue.ok("worker", "start");
    await queue.waitFor(
      "both to complete",
      async () => (await queue.json<StatusShape>("status")).completed === 2,
    );
  },
);

onSmallDisk(
  "a standard input that does not fit is refused, and no part of it stays",
  "4m",
  async (queue, disk) => {
    const stdin = new Uint8Array(5_000_000);
    const refused = await queue.call(["enqueue", "--stdin", "-", "--", "cat"], { stdin });
    assertEquals([refused.code, refused.stdout], [4, ""], refused.stderr);
    assertStringIncludes(
      refused.stderr,
      `Cannot keep a job's standard input in ${disk}/inputs: the disk is full`,
    );
    assertEquals(await Array.fromAsync(Deno.readDir(`${disk}/inputs`)), []);
    assertEquals(await queue.json("list"), []);
  },
);

onSmallDisk("a job that fills the disk with its output is settled all the same", "4m", async (queue) => {
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "loud", "--max-retries", "1", "--", "cat /dev/zero");
  await queue.waitForState("loud", "dead");
  await queue.ok("enqueue", "--id", "next", "--", "true");
  await queue.waitForState("next", "completed");
});

onSmallDisk("a read-only disk is refused with exit code 4, also for reading", "3m", async (queue, disk) => {
  await queue.ok("enqueue", "--id", "kept", "--", "true");
  assert(await mount("-o", "remount,ro", disk));
  for (const args of [["enqueue", "--", "true"], ["worker", "start"], ["dlq", "retry", "--all"]]) {
    const refused = await queue.call(args);
    assertEquals(refused.code, 4, refused.stderr);
    assertStringIncludes(refused.stderr, "read-only");
  }
  const reading = await queue.call(["list", "--json"]);
  assertEquals(reading.code, 4, "SQLite cannot open a store in WAL mode on a read-only disk");
  assertStringIncludes(reading.stderr, "whether its disk is read-only");
  assert(await mount("-o", "remount,rw", disk));
  assertEquals((await queue.json("list")).map((job) => job.id), ["kept"]);
});
