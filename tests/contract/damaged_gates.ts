/** A store whose gates somebody else has changed: its check finds each thing that is wrong. */

import { assertEquals } from "@std/assert";
import type { Store } from "../../src/store/store.ts";
import { newJob, newWorker } from "../support/sample.ts";

/** `damage` has a statement executed, in which tables are spelled as that database has them. */
export async function checkGates(
  store: Store,
  damage: (sql: (table: (name: string) => string) => string) => Promise<void>,
): Promise<void> {
  await store.registerWorker(newWorker("w"));
  await store.changeQueue("default", { keyLimit: 2, rate: { count: 2, perMs: 3_600_000 } });
  await store.enqueue(["a", "b", "c", "d"].map((id) => newJob(id, { key: "k" })));
  await store.enqueue([newJob("free"), newJob("other", { queue: "other", key: "k" })]);
  await store.claim({ workerId: "w", queues: ["default"], limit: 1, newMark: () => "m" });
  const setGate = async (gate: number, id: string) =>
    await damage((table) => `UPDATE ${table("jobs")} SET gate = ${gate} WHERE id = '${id}'`);
  assertEquals(await store.check(), []);
  await setGate(0, "c");
  assertEquals(await store.check(), ["1 keys with more ready jobs than may start"]);
  await setGate(2, "b");
  assertEquals(await store.check(), ["1 keys with a ready job that arrived after a held one"]);
  await setGate(2, "c");
  assertEquals(await store.check(), ["1 keys with held jobs though more may start"]);
  await setGate(0, "b");
  await setGate(2, "other");
  assertEquals(await store.check(), ["1 held jobs that no limit holds"]);
  await setGate(2, "free");
  assertEquals(await store.check(), ["2 held jobs that no limit holds"]);
  await setGate(0, "other");
  await setGate(0, "free");
  await damage((table) =>
    `INSERT INTO ${table("starts")} (queue, number, started_at) VALUES ('default', 2, 0), ('default', 3, 0)`
  );
  assertEquals(await store.check(), ["1 queues with more starts than their rate counts"]);
  // A limit that is lowered stops nothing, and its gates follow.
  await store.changeQueue("default", { keyLimit: 1, rate: { count: 1, perMs: 1000 } });
  while (await store.regate());
  assertEquals(await store.check(), []);
}
