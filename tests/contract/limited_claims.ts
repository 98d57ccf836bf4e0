/** Claims that meet every kind of limit, to see what they read. */

import type { Store } from "../../src/store/store.ts";
import { newJob, newWorker } from "../support/sample.ts";

export async function claimUnderLimits(store: Store): Promise<void> {
  await store.registerWorker(newWorker("all", { concurrency: 4, tags: ["t"], resources: { gpu: 2 } }));
  await store.changeQueue("default", { limit: 3, keyLimit: 1, rate: { count: 9, perMs: 1000 } });
  const gpu = { resources: { gpu: 1 }, slots: 2 };
  await store.enqueue([
    newJob("k1", { key: "k" }),
    newJob("k2", { key: "k" }),
    newJob("g", gpu),
    newJob("g2", gpu),
  ]);
  for (const queues of [["*"], ["def*"], ["default"]]) {
    await store.probe("all", queues);
    await store.claim({ workerId: "all", queues, limit: 2, newMark: () => "m" });
  }
  await store.edit("k2", { due: { afterMs: 0 } });
  await store.changeQueue("default", { keyLimit: null });
  while (await store.regate());
}
