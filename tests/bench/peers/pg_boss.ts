/**
 * No-op jobs by pg-boss: `URL SCHEMA JOBS AT_ONCE` (see shift.ts). It polls after each job unless batches are full, which
 * a batch of one is not for it: at least two are fetched and completed at a time.
 */

import { PgBoss } from "pg-boss";
import { workShift } from "./shift.ts";

const [connectionString, schema] = Deno.args as [string, string];
const [jobs, atOnce] = Deno.args.slice(2).map(Number) as [number, number];
const queue = "no-op";
const batch = 5000;

const boss = new PgBoss({ connectionString, schema, supervise: false, schedule: false });
boss.on("error", console.error);
await boss.start();
await boss.createQueue(queue);
for (let left = jobs; left > 0; left -= batch) {
  await boss.insert(queue, Array.from({ length: Math.min(left, batch) }, () => ({})));
}
const options = { batchSize: Math.max(2, atOnce), burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
await workShift(jobs, (settled) =>
  void boss.work(queue, options, (fetched) => {
    settled(fetched.length);
    return Promise.resolve();
  }));
