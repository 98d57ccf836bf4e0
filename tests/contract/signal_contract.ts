/** What every store promises about signals for runs. */

import { assertEquals } from "@std/assert";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

export function defineSignals(promise: Promised): void {
  promise(
    "signals are taken once, in the order asked for, and change nothing else",
    async ({ store, another }) => {
      await store.registerWorker(newWorker("w"));
      await store.registerWorker(newWorker("other"));
      await store.enqueue([newJob("j", { maxRetries: 9 }), newJob("quiet")]);
      assertEquals(await store.requestSignal("nobody", "SIGHUP"), null);
      assertEquals(await store.requestSignal("j", "SIGHUP"), "pending");
      const claimed = (await claimOne(store, "w"))!;
      const quiet = (await claimOne(store, "w"))!;
      const before = await store.job("j");
      assertEquals(await store.requests("w"), [], "one that came too early is not kept");
      for (const signal of ["SIGUSR2", "SIGUSR1", "SIGUSR2"] as const) {
        assertEquals(await (await another()).requestSignal("j", signal), "processing");
      }
      const signals = ["SIGUSR2", "SIGUSR1"] as const;
      assertEquals(await store.requests("w"), [{
        run: claimed.run,
        isWatched: false,
        isCancelled: false,
        signals,
      }]);
      assertEquals(await store.requests("other"), []);
      assertEquals(await store.takeSignals(quiet.run), []);
      assertEquals(await store.takeSignals({ ...claimed.run, token: claimed.run.token + 1 }), []);
      assertEquals(await store.takeSignals(claimed.run), signals);
      assertEquals([await store.takeSignals(claimed.run), await store.requests("w")], [[], []]);
      assertEquals(await store.requestSignal("j", "SIGUSR2"), "processing");
      assertEquals(await store.takeSignals(claimed.run), ["SIGUSR2"]);
      assertEquals(await store.job("j"), before);
    },
  );

  promise("a signal is for one run, whoever holds it", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.registerWorker(newWorker("heir"));
    await store.enqueue([newJob("j", { maxRetries: 9 })]);
    const claimed = (await claimOne(store, "w"))!;
    await store.requestSignal("j", "SIGCONT");
    await store.removeWorker("w");
    const run = (await store.takeOver(claimed.run, "heir"))!;
    assertEquals((await store.requests("heir")).map(({ signals }) => signals), [["SIGCONT"]]);
    assertEquals([await store.takeSignals(claimed.run), await store.takeSignals(run)], [[], ["SIGCONT"]]);
    await store.requestSignal("j", "SIGKILL");
    await store.settle({
      ...settlement({ ...claimed, run }, "failed"),
      backoff: { waits: "fixed", base: 0, maxMs: null, jitter: 0 },
    });
    assertEquals(await store.takeSignals(run), []);
    assertEquals(await store.requestSignal("j", "SIGHUP"), "pending");
    const again = (await claimOne(store, "heir"))!;
    assertEquals([again.run.number, await store.requests("heir")], [2, []]);
    assertEquals(await store.takeSignals(again.run), []);
  });
}
