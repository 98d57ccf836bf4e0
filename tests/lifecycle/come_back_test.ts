/** A worker that was taken for dead, and comes back while its runs end. */

import { assertEquals } from "@std/assert";
import { resolveSettings } from "../../src/core/settings.ts";
import type { Store } from "../../src/store/store.ts";
import { realMachine } from "../../src/system/machine.ts";
import { Worker } from "../../src/worker/worker.ts";
import { openTestStore } from "../support/open_store.ts";
import { waitFor } from "../support/program.ts";
import { newJob } from "../support/sample.ts";

Deno.test({
  name: "a run that ends while its worker comes back is settled, and the next one is left in peace",
  ignore: Deno.build.os === "windows",
  async fn() {
    const home = await Deno.makeTempDir({ prefix: "queuectl-come-back-" });
    const store = await openTestStore(`${home}/queue.sqlite`);
    const waitsFor = (file: string) => `until [ -e ${home}/${file} ]; do sleep 0.01; done`;
    const touch = (file: string) => Deno.writeTextFileSync(`${home}/${file}`, "");
    const isRunning = async (id: string) => (await store.job(id))!.state === "processing";
    await store.enqueue([
      newJob("first", { command: waitsFor("first"), cwd: home }),
      newJob("second", { command: `echo >${home}/begun; ${waitsFor("second")}`, cwd: home }),
    ]);
    const { values } = resolveSettings({ flags: {}, environment: {}, file: {} });
    const settings = { ...values, heartbeat: 100, poll_interval: 50 };
    let looks = 0;
    const worker = await Worker.create({
      // While it looks after the first run, that one ends, and the second is begun in its place.
      store: withHeldRun(store, async (seq) => {
        const found = await store.heldRun(seq);
        if (looks++ > 0) return found;
        touch("first");
        await waitFor(
          "the second run",
          () => [...Deno.readDirSync(home)].some(({ name }) => name === "begun"),
        );
        return await store.heldRun(seq);
      }),
      machine: realMachine({ home, mainModule: import.meta.url, env: Deno.env.toObject() }),
      settings,
      currentSettings: () => settings,
      log: () => {},
      supervisorId: null,
      concurrency: 1,
      version: "test",
    });
    const ended = worker.run();
    try {
      await waitFor("the first run", () => isRunning("first"));
      await store.expireWorker(worker.id, null);
      await waitFor("the worker to come back", () => looks > 0);
      await waitFor("the first to be settled", async () => !await isRunning("first"));
      // Its next heartbeats come when it has looked after all its runs.
      await waitFor("it to go on", async () => ((await store.workers())[0]?.beat ?? 0) >= 3);
      touch("second");
      await waitFor("the second to be settled", async () => (await store.job("second"))!.attempts === 1);
    } finally {
      worker.stop("drain");
      await ended;
    }
    const outcomes = async (id: string) =>
      (await store.runs((await store.job(id))!.seq)).map((run) => [run.number, run.outcome]);
    assertEquals([await outcomes("first"), await outcomes("second")], [[[1, "completed"]], [[
      1,
      "completed",
    ]]]);
    store.close();
    await Deno.remove(home, { recursive: true });
  },
});

/** A store that answers one question otherwise. */
function withHeldRun(store: Store, heldRun: Store["heldRun"]): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === "heldRun") return heldRun;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
