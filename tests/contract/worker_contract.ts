/** What every store promises to workers and supervisors, and about taking over from them. */

import { assertEquals } from "@std/assert";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

export function defineWorkers(promise: Promised): void {
  promise("a worker is listed with its heartbeat until it is removed", async ({ store, clock }) => {
    await store.registerWorker(newWorker("w", { supervisorId: "s", concurrency: 4 }));
    clock.advance(10_000);
    assertEquals(await store.renewWorker("w"), { stop: null, schemaChanged: false });
    const [worker] = await store.workers();
    assertEquals([worker!.beat, worker!.heartbeatAt, worker!.startedAt], [1, clock.ms, clock.ms - 10_000]);
    assertEquals([worker!.concurrency, worker!.supervisorId, worker!.stop], [4, "s", null]);
    await store.removeWorker("w");
    assertEquals(await store.workers(), []);
    assertEquals(await store.renewWorker("w"), null);
  });

  promise("an order to stop reaches those who exist, and is never lowered", async ({ store }) => {
    await store.registerSupervisor({ id: "s", pid: 1, startIdentity: "", host: "h" });
    await store.registerWorker(newWorker("w1", { supervisorId: "s" }));
    await store.registerWorker(newWorker("w2", { supervisorId: "t" }));
    assertEquals(await store.requestStop({ mode: "drain", supervisorId: "s" }), ["w1"]);
    assertEquals((await store.supervisors())[0]!.stop, "drain");
    assertEquals((await store.requestStop({ mode: "drain" })).toSorted(), ["w2"]);
    assertEquals(await store.requestStop({ mode: "drain" }), []);
    assertEquals((await store.requestStop({ mode: "force" })).toSorted(), ["w1", "w2"]);
    assertEquals(await store.requestStop({ mode: "drain" }), []);
    assertEquals((await store.renewWorker("w1"))!.stop, "force");
    await store.registerWorker(newWorker("w3"));
    assertEquals((await store.renewWorker("w3"))!.stop, null);
    await store.registerWorker(newWorker("w4", { supervisorId: "s" }));
    assertEquals((await store.renewWorker("w4"))!.stop, "force", "a late worker of a stopped supervisor");
  });

  promise("an order to stop can be for the hosts of one name", async ({ store }) => {
    const on = (name: string) => ({ hostName: name, host: `${name}|m|b|p` });
    for (const name of ["a", "a2", "b"]) {
      await store.registerSupervisor({ id: `s-${name}`, pid: 1, startIdentity: "", host: on(name).host });
      await store.registerWorker(newWorker(name, { ...on(name), supervisorId: `s-${name}` }));
    }
    assertEquals(await store.requestStop({ mode: "drain", hostName: "a" }), ["a"]);
    const stopped = (await store.supervisors()).filter((each) => each.stop !== null).map((each) => each.id);
    assertEquals(stopped, ["s-a"]);
    assertEquals(await store.requestStop({ mode: "drain", hostName: "nowhere" }), []);
    assertEquals(await store.requestStop({ mode: "drain" }), ["a2", "b"]);
  });

  promise("who registers again, since the answer was lost, is there once", async ({ store }) => {
    const supervisor = { id: "s", pid: 1, startIdentity: "", host: "h" };
    for (let tries = 0; tries < 2; tries++) {
      await store.registerSupervisor(supervisor);
      await store.registerWorker(newWorker("w", { supervisorId: "s" }));
      await store.requestStop({ mode: "drain" });
    }
    assertEquals((await store.workers()).map(({ id, stop }) => [id, stop]), [["w", "drain"]]);
    assertEquals((await store.supervisors()).map(({ id, stop }) => [id, stop]), [["s", "drain"]]);
  });

  promise("a supervisor's trouble is kept until it goes", async ({ store }) => {
    await store.registerSupervisor({ id: "s", pid: 1, startIdentity: "", host: "h" });
    await store.reportTrouble("s", "no more memory");
    assertEquals((await store.supervisors())[0]!.trouble, "no more memory");
    await store.removeSupervisor("s");
    assertEquals(await store.supervisors(), []);
  });
}

export function defineTakingOver(promise: Promised): void {
  promise("a worker expires only under the heartbeat that was seen", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.renewWorker("w");
    assertEquals(await store.expireWorker("w", 0), false);
    assertEquals(await store.expireWorker("w", 1), true);
    assertEquals(await store.expireWorker("w", 1), false);
  });

  promise("an orphaned run is taken over once, under a higher token", async ({ store }) => {
    await store.registerWorker(newWorker("gone"));
    await store.registerWorker(newWorker("w1"));
    await store.registerWorker(newWorker("w2"));
    await store.enqueue([newJob("a")]);
    const claimed = (await claimOne(store, "gone"))!;
    assertEquals(await store.takeOver(claimed.run, "w1"), null, "its holder is still registered");
    await store.expireWorker("gone", null);
    const [orphan] = await store.orphans("w");
    assertEquals([orphan!.job.id, orphan!.run.mark, orphan!.holder], ["a", "m", null]);
    assertEquals(await store.takeOver(claimed.run, "stranger"), null);
    const results = await Promise.all([store.takeOver(claimed.run, "w1"), store.takeOver(claimed.run, "w2")]);
    const won = results.filter((result) => result !== null);
    assertEquals(won.map((run) => run.token), [claimed.run.token + 1]);
    assertEquals(await store.settle(settlement(claimed, "completed")), null);
    assertEquals(await store.orphans("w"), []);
    const held = (await store.heldRun(claimed.job.seq))!;
    assertEquals([held.run.token, held.run.number], [claimed.run.token + 1, 1]);
    const adopter = (await store.workers()).find((worker) => worker.id === held.run.adoptedBy)!;
    assertEquals([held.run.workerId, adopter.jobs, adopter.adopted], ["gone", ["a"], ["a"]]);
    const result = await store.settle({ ...settlement(claimed, "crashed"), run: won[0]! });
    assertEquals(result?.state, "pending");
  });

  promise("a run whose claim was never heard of is its worker's to take over", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.registerWorker(newWorker("other"));
    await store.enqueue([newJob("a")]);
    const claimed = (await claimOne(store, "w"))!;
    assertEquals((await store.orphans("w")).map(({ job, holder }) => [job.id, holder?.id]), [["a", "w"]]);
    assertEquals(await store.orphans("other"), []);
    assertEquals(await store.takeOver(claimed.run, "other"), null);
    assertEquals((await store.takeOver(claimed.run, "w"))!.token, claimed.run.token + 1);
    assertEquals(await store.settle(settlement(claimed, "completed")), null);
  });

  promise("workers that detach say how long others must wait, until someone adopts", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.registerWorker(newWorker("idle"));
    await store.enqueue([newJob("a")]);
    const claimed = (await claimOne(store, "w"))!;
    const changed = await store.requestStop({ mode: "detach", detachMs: 60_000 });
    assertEquals(changed.toSorted(), ["idle", "w"]);
    assertEquals(await store.requestStop({ mode: "drain" }), []);
    assertEquals((await store.renewWorker("w"))!.stop, "detach");
    assertEquals(await store.claim({ workerId: "idle", queues: ["default"], limit: 1, newMark: () => "m" }), {
      claimed: null,
    });
    const { run } = (await store.heldRun(claimed.job.seq))!;
    assertEquals(run.detachedMs, 60_000);
    await store.removeWorker("w");
    await store.registerWorker(newWorker("next"));
    await store.takeOver(claimed.run, "next");
    assertEquals((await store.heldRun(claimed.job.seq))!.run.detachedMs, null);
    assertEquals(await store.requestStop({ mode: "force" }), ["idle", "next"]);
  });
}
