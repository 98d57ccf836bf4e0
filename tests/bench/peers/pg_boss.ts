/** No-op jobs by pg-boss: `load URL SCHEMA JOBS`, or `work URL SCHEMA AT_ONCE` (see shift.ts). */

import { PgBoss } from "pg-boss";
import { workShift } from "./shift.ts";

const [what, connectionString, schema, number] = Deno.args as [string, string, string, string];
const queue = "no-op";
const batch = 5000;

const boss = new PgBoss({ connectionString, schema, supervise: false, schedule: false });
boss.on("error", console.error);
await boss.start();
if (what === "load") {
  await boss.createQueue(queue);
  for (let left = Number(number); left > 0; left -= batch) {
    await boss.insert(queue, Array.from({ length: Math.min(left, batch) }, () => ({})));
  }
  await boss.stop();
} else {
  const batchSize = Number(number);
  await workShift((settled) =>
    void boss.work(queue, { batchSize, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }, (jobs) => {
      settled(jobs.length);
      return Promise.resolve();
    })
  );
}
