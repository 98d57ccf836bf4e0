/** What is built: the same from the same source, with all that it embeds, and with nothing that only tests use. */

import { assert, assertEquals } from "@std/assert";
import { build } from "../../scripts/build.ts";
import { programs, TestQueue } from "../support/program.ts";

const compiled = programs.find((program) => program.name === "compiled");

Deno.test("two builds of the same source, at once, are the same", async () => {
  if (compiled === undefined) return console.error("!!! not tested: nothing can be compiled here");
  await using queue = await TestQueue.create();
  const [one, another] = await Promise.all(
    ["one", "another"].map((name) => build({ output: queue.path(name) })),
  );
  const [first, second] = await Promise.all([one!, another!].map(({ path }) => Deno.readFile(path)));
  assert(first!.length > 1e6, `${first!.length} bytes`);
  // As texts of hashes, since a difference of 100 MB could not be shown.
  assertEquals(await sha256(first!), await sha256(second!));
});

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

Deno.test("a compiled program looks for what it embeds nowhere else", async () => {
  if (compiled === undefined) return console.error("!!! not tested: nothing can be compiled here");
  await using queue = await TestQueue.create();
  // Deno names the embedded modules as if they lay in the folder for temporary files.
  const folders = ["native", "dashboard", "dist/native", "dist/dashboard"].map((name) => queue.path(name));
  for (const folder of folders) {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/library`, "what an attacker wrote");
    await Deno.writeTextFile(`${folder}/library.sha256`, await sha256(new TextEncoder().encode("x")));
    await Deno.writeTextFile(`${folder}/index.html`, "what an attacker wrote");
  }
  await using calls = await TestQueue.create(compiled, { TMPDIR: queue.path("") });
  const { stdout } = await calls.call(["version"]);
  assert(!stdout.includes("cannot be unpacked"), stdout);
});

Deno.test("a compiled program holds no npm package that only tests use", async () => {
  if (compiled === undefined) return console.error("!!! not tested: nothing can be compiled here");
  const text = new TextDecoder("latin1").decode(await Deno.readFile(compiled.command));
  const others = ["pure-rand", "fast-check.js", "makeWorkerUtils", "burstWhenBatchFull"];
  assertEquals(others.filter((name) => text.includes(name)), []);
});
