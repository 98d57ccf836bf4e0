/**
 * No-op jobs by this program's own store: `URL SCHEMA JOBS SLOTS [WORKERS]` (see shift.ts). Each worker has a store of its
 * own, as if it were a process, and so many slots, whose turns are sent together where they come together.
 */

import { openPostgresStore } from "../../../src/store/postgres/open.ts";
import type { Claimed, ClaimRequest, Store } from "../../../src/store/store.ts";
import { inSchema } from "../../support/postgres.ts";
import { newJob, newWorker, settlement } from "../../support/sample.ts";
import { workShift } from "./shift.ts";

const [url, schema] = Deno.args as [string, string];
const [jobs, slots, workers = 1] = Deno.args.slice(2).map(Number) as [number, number, number | undefined];
const batch = 5000;
const open = async () => (await openPostgresStore({ url: inSchema(url, schema), access: "write" }))!;

const first = await open();
for (let left = jobs; left > 0; left -= batch) {
  await first.enqueue(
    Array.from({ length: Math.min(left, batch) }, (_, index) => newJob(`job-${left - index}`)),
  );
}
await first.close();
const stores = await Promise.all(Array.from({ length: workers }, open));
await workShift(jobs, (settled) =>
  stores.map(async (store, index) => {
    const workerId = `w${index}`;
    await store.registerWorker(newWorker(workerId));
    for (let slot = 0; slot < slots; slot++) void work(store, workerId, settled);
  }));

/** What a worker does in one of its slots, without its runs. */
async function work(store: Store, workerId: string, settled: () => void): Promise<void> {
  const newMark = () => crypto.randomUUID().slice(0, 12);
  const next: ClaimRequest = { workerId, queues: ["default"], limit: 1, newMark };
  let claimed: readonly Claimed[] = (await store.claim(next)).claimed ?? [];
  while (claimed.length > 0) {
    const result = await store.settle({ ...settlement(claimed[0]!, "completed"), next });
    settled();
    claimed = result?.claimed ?? [];
  }
}
