/**
 * No-op jobs by graphile-worker: `URL SCHEMA JOBS AT_ONCE [PREFETCHED]` (see shift.ts). With PREFETCHED it takes so many
 * jobs at a time into the process, and gathers what is completed; without, each job is claimed and completed by itself.
 */

import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { workShift } from "./shift.ts";

const [connectionString, schema] = Deno.args as [string, string];
const [jobs, atOnce, prefetched] = Deno.args.slice(2).map(Number) as [number, number, number | undefined];
const batch = 5000;
const logger = new Logger(() => () => {});

const utils = await makeWorkerUtils({ connectionString, schema, logger });
await utils.migrate();
for (let left = jobs; left > 0; left -= batch) {
  await utils.addJobs(
    Array.from({ length: Math.min(left, batch) }, () => ({ identifier: "no-op", payload: {} })),
  );
}
await utils.release();
const batching = prefetched === undefined
  ? {}
  : { localQueue: { size: prefetched }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
await workShift(jobs, (settled) =>
  void run({
    connectionString,
    schema,
    logger,
    noHandleSignals: true,
    taskList: { "no-op": () => settled() },
    preset: { worker: { concurrentJobs: atOnce, maxPoolSize: atOnce + 2, ...batching } },
  }));
