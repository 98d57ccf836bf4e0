import { assertEquals } from "@std/assert";
import type { RunFiles } from "../core/ports.ts";
import type { Run } from "../core/run.ts";
import type { Store } from "../store/store.ts";
import { OutputFollower } from "./output_follower.ts";
import { readOutput } from "./read_output.ts";

const run = { jobSeq: 1, number: 1, mark: "m", outcome: "completed" } as Run;
const text = new TextEncoder().encode("err\n");

/** Files that are settled and removed just after their size was read. */
const vanishing = {
  base: () => "base",
  sizeOf: () => text.length,
  read: () => null,
} as Partial<RunFiles> as RunFiles;

const store = {
  outputTail: () => Promise.resolve({ tail: text, bytes: text.length }),
} as Partial<Store> as Store;

Deno.test("who follows a run whose files vanish while they are read gets the rest from the store", async () => {
  const seen: string[] = [];
  const reader = {
    write: (stream: string, bytes: Uint8Array) => {
      seen.push(`${stream} ${new TextDecoder().decode(bytes)}`);
    },
    onSkipped: () => {},
  };
  const follower = new OutputFollower(store, vanishing, "err");
  await follower.passOn(run, reader);
  await follower.passOn(run, reader);
  assertEquals(seen, ["err err\n"]);
});

Deno.test("output whose files vanish while they are read comes from the store", async () => {
  for (const lastLines of [null, 1]) {
    const { chunks, missingBytes } = await readOutput(store, vanishing, { run, stream: "err", lastLines });
    assertEquals([[...chunks], missingBytes], [[text], 0]);
  }
});
