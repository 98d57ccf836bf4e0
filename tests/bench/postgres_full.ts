/** Claiming and settling on PostgreSQL beside a million finished jobs. */

import { openPostgresStore } from "../../src/store/postgres/open.ts";
import { inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import type { Benchmark } from "./benchmark.ts";
import { shiftRate, withoutServer } from "./postgres_rate.ts";
import { interleave, median, medianRatio } from "./samples.ts";

export const postgresFull: Benchmark = {
  name: "postgres-full",
  summary: "claim and settle on PostgreSQL beside a million finished jobs",
  async run(workshop) {
    const finished = workshop.size(1_000_000, 10_000);
    const what = `claim and settle on PostgreSQL beside ${finished} finished jobs / an empty store`;
    const url = await workshop.postgres();
    if (url === null) return [withoutServer(what, "×")];
    const shift = { jobs: workshop.size(25_000, 2_000), atOnce: 4 };
    const samples = await interleave({
      async full() {
        const schema = newSchemaName();
        workshop.say(`making a store of ${finished} jobs`);
        await fill(url, schema, finished);
        return await shiftRate(workshop, url, "queuectl", { ...shift, schema });
      },
      empty: () => shiftRate(workshop, url, "queuectl", shift),
    }, workshop.size(3, 1));
    return [{
      what,
      figure: medianRatio(samples.full, samples.empty),
      unit: "×",
      goal: { atLeast: 0.85 },
      note: `${median(samples.full).toFixed(0)} / ${median(samples.empty).toFixed(0)} jobs/s, 4 workers`,
    }];
  },
};

/** A store with so many completed jobs, as the program would have left them. */
async function fill(url: string, schema: string, finished: number): Promise<void> {
  const store = (await openPostgresStore({ url: inSchema(url, schema), access: "write" }))!;
  const past = await store.now() - 86_400_000;
  await runSql(
    url,
    `INSERT INTO ${schema}.jobs (id, queue, state, gate, sort_at, priority, command, cwd, max_retries, attempts, run_count,
                                 token, run_at, created_at, updated_at, started_at, finished_at, exit_code)
     SELECT 'done-' || number, 'default', 'completed', 0, ${past}, 0, ':', '/', 3, 1, 1, 1, ${past}, ${past}, ${past},
            ${past}, ${past}, 0
     FROM generate_series(1, ${finished}) AS number;
     INSERT INTO ${schema}.runs (job_seq, number, token, mark, worker_id, host, pid, start_identity, started_at,
                                 finished_at, exit_code, outcome, stdout_bytes, stderr_bytes)
     SELECT seq, 1, 1, '0123456789ab', 'w0000000', 'bench', 1, '1', started_at, finished_at, 0, 'completed', 0, 0
     FROM ${schema}.jobs;
     INSERT INTO ${schema}.counters (queue, bucket, shard, count) VALUES ('default', 'completed', 0, ${finished})`,
  );
  const faults = await store.check();
  await store.close();
  if (faults.length > 0) throw new Error(`the filled store is wrong: ${faults.join("; ")}`);
  // As it would be by now.
  await runSql(url, `VACUUM ANALYZE ${schema}.jobs`);
}
