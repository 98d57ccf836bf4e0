/** What every store promises about how far runs say that they are. */

import { assertEquals } from "@std/assert";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

export function defineProgress(promise: Promised): void {
  promise("what a run says of how far it is stays with that run", async ({ store, another }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("silent"), newJob("j", { maxRetries: 9 })]);
    const silent = (await claimOne(store, "w"))!.run;
    const claimed = (await claimOne(store, "w"))!;
    const { jobSeq } = claimed.run;
    assertEquals(await store.progressOf([jobSeq]), [null]);
    assertEquals(await store.reportProgress(claimed.run, { percent: 0, text: null }), true);
    assertEquals(await store.progressOf([jobSeq]), [{ percent: 0, text: null }]);
    const last = { percent: 40, text: "ünïcödé 🎬" };
    assertEquals(await store.reportProgress(claimed.run, last), true);
    assertEquals(await (await another()).progressOf([jobSeq, 4711, silent.jobSeq]), [last, null, null]);
    await store.settle({
      ...settlement(claimed, "failed"),
      backoff: { waits: "fixed", base: 0, maxMs: null, jitter: 0 },
    });
    // The next run begins with nothing said.
    await claimOne(store, "w");
    assertEquals(await store.progressOf([jobSeq]), [null]);
    assertEquals((await store.runs(jobSeq)).map((run) => run.progress), [last, null]);
    assertEquals(await store.progressOf([]), []);
  });

  promise("only who holds a run reports for it", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.registerWorker(newWorker("heir"));
    await store.enqueue([newJob("j")]);
    const claimed = (await claimOne(store, "w"))!;
    const told = { percent: 1, text: "first" };
    await store.reportProgress(claimed.run, told);
    await store.removeWorker("w");
    const taken = (await store.takeOver(claimed.run, "heir"))!;
    const late = { percent: 2, text: "late" };
    assertEquals(await store.reportProgress(claimed.run, late), false);
    assertEquals(await store.reportProgress({ ...taken, number: 2 }, late), false);
    assertEquals(await store.progressOf([taken.jobSeq]), [told]);
    assertEquals(await store.reportProgress(taken, { percent: 3, text: null }), true);
    assertEquals(await store.progressOf([taken.jobSeq]), [{ percent: 3, text: null }]);
    await store.settle(settlement({ ...claimed, run: taken }, "completed"));
    assertEquals(await store.reportProgress(taken, late), false);
    assertEquals((await store.runs(taken.jobSeq))[0]!.progress, { percent: 3, text: null });
  });
}
