/** Runs of another host, which only its heartbeat can prove dead; and of this machine before its last start. */

import { assert, assertEquals } from "@std/assert";
import { formatHost, parseHost } from "../../src/core/host.ts";
import { readHostIdentity } from "../../src/system/host_identity.ts";
import type { Store } from "../../src/store/store.ts";
import { TestQueue } from "../support/program.ts";
import { claimOne, newJob, newWorker } from "../support/sample.ts";
import { openTestStore } from "../support/open_store.ts";

const quick = { QUEUECTL_LEASE: "1200ms", QUEUECTL_HEARTBEAT: "300ms", QUEUECTL_POLL_INTERVAL: "100ms" };

async function openStore(queue: TestQueue, clock: () => number = Date.now): Promise<Store> {
  await Deno.mkdir(queue.home, { mode: 0o700 });
  return await openTestStore(`${queue.home}/queue.sqlite`, { clock });
}

/** A worker of a host, with a job in its hands. */
async function holdFrom(store: Store, host: string): Promise<void> {
  await store.registerWorker(newWorker("far", { host, leaseMs: 1200 }));
  await store.enqueue([newJob("j", { command: "echo ran" })]);
  assert(await claimOne(store, "far") !== null);
}

Deno.test("a silent worker of another host loses its job after lease and margin, not before, uncharged", async () => {
  await using queue = await TestQueue.create(undefined, quick);
  const store = await openStore(queue);
  await holdFrom(store, formatHost({ ...await readHostIdentity(), pidNamespace: "pid:[1]" }));
  await queue.ok("worker", "start");
  const startedAt = performance.now();
  const job = await queue.waitForState("j", "completed", 15_000);
  const elapsed = performance.now() - startedAt;
  assert(elapsed >= 1500 && elapsed < 6000, `it took ${elapsed} ms`);
  assertEquals([job.attempts, job.runs.map((run) => run.outcome)], [1, ["crashed", "completed"]]);
  store.close();
});

Deno.test("a worker of another host that goes on renewing keeps its job", async () => {
  await using queue = await TestQueue.create(undefined, quick);
  const store = await openStore(queue);
  await holdFrom(store, formatHost({ ...await readHostIdentity(), machine: "elsewhere" }));
  await queue.ok("worker", "start");
  const until = performance.now() + 4000;
  await queue.waitFor("four seconds of heartbeats", async () => {
    assert(await store.renewWorker("far") !== null, "it was expired in spite of its heartbeat");
    return performance.now() > until;
  });
  assertEquals((await queue.job("j")).state, "processing");
  store.close();
});

Deno.test("a run that another host let go of is left alone for its time, whatever the clocks say", async () => {
  await using queue = await TestQueue.create(undefined, quick);
  const store = await openStore(queue, () => Date.now() - 3_600_000);
  await holdFrom(store, formatHost({ ...await readHostIdentity(), machine: "elsewhere" }));
  await store.requestStop({ mode: "detach", detachMs: 4000 });
  await store.removeWorker("far");
  store.close();
  const startedAt = performance.now();
  await queue.ok("worker", "start");
  const job = await queue.waitForState("j", "completed", 15_000);
  assert(performance.now() - startedAt >= 4000, "it ran again too early");
  assertEquals(job.runs.map((run) => run.outcome), ["crashed", "completed"]);
});

Deno.test("what ran before this machine's last start is gone for certain: recovered at once", async () => {
  await using queue = await TestQueue.create(undefined, { ...quick, QUEUECTL_LEASE: "1h" });
  const host = await readHostIdentity();
  assert(host.machine !== "" && parseHost(formatHost(host)).boot === host.boot);
  const store = await openStore(queue);
  await holdFrom(store, formatHost({ ...host, boot: "an earlier one" }));
  await queue.ok("worker", "start");
  const job = await queue.waitForState("j", "completed", 5000);
  assertEquals(job.runs.map((run) => run.outcome), ["crashed", "completed"]);
  store.close();
});
