/** A binary with SQLite's native library inside: it works by @db/sqlite, and by node:sqlite where it cannot be loaded. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { build } from "../../scripts/build.ts";
import { findNativeLibrary } from "../support/native_library.ts";
import { programs, TestQueue } from "../support/program.ts";

const library = findNativeLibrary();

Deno.test("a compiled program with an embedded library unpacks it, works by it, and does without where it must", async () => {
  const compiled = programs.find((program) => program.name === "compiled");
  if (library === undefined) return console.error("!!! not tested: no native SQLite library was found");
  if (compiled === undefined) return console.error("!!! not tested: nothing can be compiled here");
  await using queue = await TestQueue.create({ ...compiled, command: "replaced below" });
  const built = await build({ native: library, output: queue.path("queuectl") });
  await using native = await TestQueue.create({ ...compiled, command: built.path }, {
    XDG_CACHE_HOME: queue.path("cache"),
  });
  assertStringIncludes(await native.ok("version"), "through @db/sqlite");
  const unpacked = [...Deno.readDirSync(queue.path("cache/queuectl/native"))].map((entry) => entry.name);
  assertEquals(unpacked.length, 1);
  assertStringIncludes(unpacked[0]!, built.nativeSha256!);
  await native.ok("enqueue", "--id", "j", "--", "echo hello; exit 3");
  await native.ok("config", "set", "backoff_base", "0");
  await native.ok("worker", "start", "--count", "2");
  const job = await native.waitForState("j", "dead");
  assertEquals([job.runs.length, job.runs[0]!.stdout_tail], [3, "hello\n"]);
  await native.ok("worker", "stop", "--wait");
  const nowhere = await native.call(["version"], { env: { XDG_CACHE_HOME: "/dev/null" } });
  assertMatch(nowhere.stdout, /through node:sqlite \(the embedded SQLite library cannot be unpacked/);
  assertEquals((await native.call(["list", "--json"], { env: { XDG_CACHE_HOME: "/dev/null" } })).code, 0);
});
