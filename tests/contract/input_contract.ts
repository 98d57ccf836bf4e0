/** What every store promises about what jobs read from their standard input. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { DuplicateJob } from "../../src/core/errors.ts";
import { mostStoredBytes } from "../../src/core/job_input.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
const inFile = { file: "kept1", bytes: 5_000_000_000 };

export function defineInputs(promise: Promised): void {
  promise("what a job is to read is kept byte for byte, the same for each of its runs", async (stage) => {
    const { store, another } = stage;
    await store.registerWorker(newWorker("w"));
    const most = new Uint8Array(mostStoredBytes).fill(10);
    await store.enqueue([
      newJob("bytes", { priority: 9, input: { content: everyByte }, maxRetries: 9 }),
      newJob("none"),
      newJob("empty", { input: { content: new Uint8Array() } }),
      newJob("most", { input: { content: most } }),
    ]);
    const claimed = (await claimOne(store, "w"))!;
    assertEquals([claimed.job.id, claimed.job.stdinBytes], ["bytes", 256]);
    const { jobSeq } = claimed.run;
    assertEquals(await (await another()).input(jobSeq), { content: everyByte });
    await store.settle({
      ...settlement(claimed, "failed"),
      backoff: { waits: "fixed", base: 0, maxMs: null, jitter: 0 },
    });
    assertEquals((await claimOne(store, "w"))!.job.stdinBytes, 256);
    assertEquals(await store.input(jobSeq), { content: everyByte });
    const [none, empty, largest] = await store.jobsOf(["none", "empty", "most"]);
    assertEquals([none!.stdinBytes, empty!.stdinBytes, largest!.stdinBytes], [null, 0, mostStoredBytes]);
    assertEquals(await store.input(none!.seq), null);
    assertEquals(await store.input(empty!.seq), { content: new Uint8Array() });
    assertEquals(await store.input(largest!.seq), { content: most });
    assertEquals(await store.input(4711), null);
    assertEquals(await store.inputFiles(), []);
  });

  promise("the inputs of a large batch are those of its jobs", async ({ store }) => {
    const inputOf = (index: number) => new TextEncoder().encode(`${index} `.repeat(index % 7 * 1000));
    const jobs = Array.from(
      { length: 1100 },
      (_, index) => newJob(`j${index}`, { input: index % 2 === 0 ? { content: inputOf(index) } : null }),
    );
    await store.enqueue(jobs);
    for (const index of [0, 1, 2, 49, 50, 98, 999, 1000, 1001, 1098]) {
      const job = (await store.job(`j${index}`))!;
      const input = await store.input(job.seq);
      assertEquals(input, index % 2 === 0 ? { content: inputOf(index) } : null, job.id);
    }
    assertEquals(await store.check(), []);
  });

  promise("an input in a file is named until its job is removed", async ({ store }) => {
    await store.enqueue([
      newJob("large", { input: inFile }),
      newJob("small", { input: { content: everyByte } }),
    ]);
    const { seq, stdinBytes } = (await store.job("large"))!;
    assertEquals([stdinBytes, await store.input(seq)], [inFile.bytes, inFile]);
    assertEquals(await store.inputFiles(), ["kept1"]);
    assertEquals((await store.remove("small"))!.inputFile, null);
    assertEquals(await store.remove("large"), {
      state: "pending",
      runs: [],
      inputFile: "kept1",
      awaitedBy: null,
    });
    assertEquals([await store.input(seq), await store.inputFiles()], [null, []]);
    // Nothing of it is left to another job of that id.
    await store.enqueue([newJob("large")]);
    const again = (await store.job("large"))!;
    assertEquals([again.stdinBytes, await store.input(again.seq)], [null, null]);
  });

  promise("what is refused leaves no input behind", async ({ store }) => {
    await store.enqueue([newJob("old", { input: { content: everyByte } })]);
    const other = { content: new Uint8Array([1]) };
    const batch = [newJob("x", { input: inFile }), newJob("old", { input: other })];
    await assertRejects(() => store.enqueue(batch), DuplicateJob);
    assertEquals(await store.inputFiles(), []);
    assertEquals(await store.input((await store.job("old"))!.seq), { content: everyByte });
  });

  promise("a queue with an input in a file does not move to where the file is not", async ({ store }) => {
    await store.enqueue([newJob("large", { input: inFile })]);
    const begin = () =>
      store.changeMove({
        from: null,
        to: { id: "m1", phase: "copying", other: "elsewhere" },
        lastSeq: 0,
      });
    const { message } = await assertRejects(begin, Error, "1 job(s) read a standard input of over 1 MB");
    assert(message.startsWith("Cannot move the queue of "));
    assertEquals((await store.moveState()).move, null);
    await store.remove("large");
    assertEquals(await begin(), true);
  });
}
