/** No-op jobs by this program's own store: `load URL SCHEMA JOBS`, or `work URL SCHEMA WORKERS` (see shift.ts). */

import { openPostgresStore } from "../../../src/store/postgres/open.ts";
import type { Claimed, ClaimRequest, Store } from "../../../src/store/store.ts";
import { newJob, newWorker, settlement } from "../../support/sample.ts";
import { workShift } from "./shift.ts";

const [what, address, schema, count] = Deno.args as [string, string, string, string];
const batch = 5000;
const open = async () => (await openPostgresStore({ url: `${address}?schema=${schema}`, access: "write" }))!;

if (what === "load") {
  const store = await open();
  for (let left = Number(count); left > 0; left -= batch) {
    const jobs = Array.from({ length: Math.min(left, batch) }, (_, index) => newJob(`job-${left - index}`));
    await store.enqueue(jobs);
  }
  await store.close();
} else {
  const stores = await Promise.all(Array.from({ length: Number(count) }, open));
  await workShift((settled) => stores.map((store, index) => work(store, `w${Deno.pid}-${index}`, settled)));
}

/** What a worker does, without its runs. */
async function work(store: Store, workerId: string, settled: () => void): Promise<void> {
  await store.registerWorker(newWorker(workerId));
  const next: ClaimRequest = {
    workerId,
    queues: ["default"],
    limit: 1,
    newMark: () => crypto.randomUUID().slice(0, 12),
  };
  let claimed: readonly Claimed[] = (await store.claim(next)).claimed ?? [];
  while (claimed.length > 0) {
    const result = await store.settle({ ...settlement(claimed[0]!, "completed"), next });
    settled();
    claimed = result?.claimed ?? [];
  }
}
