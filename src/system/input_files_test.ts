import { assertEquals, assertRejects } from "@std/assert";
import { QueueError } from "../core/errors.ts";
import { inputFiles } from "./input_files.ts";

async function inFolder(body: (root: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "queuectl-inputs-" });
  try {
    await body(`${folder}/inputs`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Parts in one buffer that is used again and again. */
async function* inOneBuffer(...texts: string[]): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(16);
  for (const text of texts) {
    yield await Promise.resolve(buffer.subarray(0, new TextEncoder().encodeInto(text, buffer).written));
  }
}

Deno.test("what is kept is there, whole and for its owner alone to read, until it is removed", async () => {
  await inFolder(async (root) => {
    const files = inputFiles(root);
    assertEquals([files.find("a"), files.olderThan(Infinity)], [null, []]);
    assertEquals(await files.keep("a", inOneBuffer("one ", "", "and two")), 11);
    const path = files.find("a")!;
    assertEquals(await Deno.readTextFile(path), "one and two");
    if (Deno.build.os !== "windows") assertEquals((await Deno.stat(path)).mode! & 0o777, 0o400);
    const { mtime } = await Deno.stat(path);
    assertEquals(files.olderThan(mtime!.getTime()), []);
    assertEquals(files.olderThan(mtime!.getTime() + 1), ["a"]);
    files.remove("a");
    files.remove("a");
    assertEquals(files.find("a"), null);
  });
});

Deno.test("a part that cannot be had leaves no file, and a name that is taken keeps the file it has", async () => {
  await inFolder(async (root) => {
    const files = inputFiles(root);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* inOneBuffer("begun");
      throw new QueueError("usage", "Cannot read stdin: it broke");
    }
    await assertRejects(() => files.keep("a", broken()), QueueError, "it broke");
    assertEquals(files.find("a"), null);
    await files.keep("a", inOneBuffer("first"));
    const { kind } = await assertRejects(() => files.keep("a", inOneBuffer("second")), QueueError);
    assertEquals([kind, await Deno.readTextFile(files.find("a")!)], ["unavailable", "first"]);
  });
});
