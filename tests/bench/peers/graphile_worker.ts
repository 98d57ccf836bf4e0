/** No-op jobs by graphile-worker: `load URL SCHEMA JOBS`, or `work URL SCHEMA AT_ONCE` (see shift.ts). */

import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { workShift } from "./shift.ts";

const [what, connectionString, schema, number] = Deno.args as [string, string, string, string];
const batch = 5000;
const logger = new Logger(() => () => {});

if (what === "load") {
  const utils = await makeWorkerUtils({ connectionString, schema, logger });
  await utils.migrate();
  const spec = { identifier: "no-op", payload: {} };
  for (let left = Number(number); left > 0; left -= batch) {
    await utils.addJobs(Array.from({ length: Math.min(left, batch) }, () => spec));
  }
  await utils.release();
} else {
  const atOnce = Number(number);
  await workShift((settled) =>
    void run({
      connectionString,
      schema,
      logger,
      noHandleSignals: true,
      taskList: { "no-op": () => settled() },
      preset: {
        worker: {
          concurrentJobs: atOnce,
          maxPoolSize: atOnce + 2,
          localQueue: { size: Number(Deno.env.get("LQ") ?? 500) },
          completeJobBatchDelay: Number(Deno.env.get("CB") ?? 0),
          failJobBatchDelay: Number(Deno.env.get("CB") ?? 0),
        },
      },
    })
  );
}
