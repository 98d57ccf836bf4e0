/** What stays of many jobs that come and go on PostgreSQL: dead rows, and the bytes of tables and indexes. */

import postgres from "postgres";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import type { ClaimRequest, Store } from "../../src/store/store.ts";
import { inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { newJob, newWorker, settlement } from "../support/sample.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { withoutServer } from "./postgres_rate.ts";
import { median } from "./samples.ts";
import type { Workshop } from "./workshop.ts";

const workers = 4;
/** Of so many jobs one fails at first, and waits for its second run. */
const failing = 10;
const backlog = 1000;
const samplesTaken = 20;
const tables = ["jobs", "runs", "counters", "workers"] as const;

interface Sample {
  readonly table: typeof tables[number];
  readonly live: number;
  readonly dead: number;
  readonly updated: number;
  readonly hot: number;
  readonly table_bytes: number;
  readonly index_bytes: number;
}

export const postgresChurn: Benchmark = {
  name: "postgres-churn",
  summary: "dead rows and index size on PostgreSQL while jobs come and go, for QUEUECTL_BENCH_CHURN_S",
  async run(workshop) {
    const seconds = Number(Deno.env.get("QUEUECTL_BENCH_CHURN_S")) || workshop.size(60, 3);
    const url = await workshop.postgres();
    if (url === null) return [withoutServer("jobs that come and go on PostgreSQL", "%")];
    const schema = newSchemaName();
    const stores = await Promise.all(
      Array.from(
        { length: workers + 1 },
        () => openPostgresStore({ url: inSchema(url, schema), access: "write" }),
      ),
    ) as Store[];
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      return await churn(workshop, { stores, sql, schema, seconds });
    } finally {
      await sql.end();
      await Promise.all(stores.map((store) => store.close()));
      await runSql(url, `DROP SCHEMA "${schema}" CASCADE`);
    }
  },
};

interface Churn {
  readonly stores: readonly Store[];
  readonly sql: postgres.Sql;
  readonly schema: string;
  readonly seconds: number;
}

async function churn(workshop: Workshop, { stores, sql, schema, seconds }: Churn): Promise<Row[]> {
  const endsAt = performance.now() + seconds * 1000;
  let [stored, done] = [0, 0];
  const enqueue = async (store: Store) => {
    while (performance.now() < endsAt) {
      if (stored - done < backlog) {
        await store.enqueue(Array.from({ length: backlog / 2 }, () => newJob(`job-${stored++}`)));
      } else await sleep(20);
    }
  };
  const work = async (store: Store, index: number) => {
    const workerId = `w${index}`;
    await store.registerWorker(newWorker(workerId));
    const next: ClaimRequest = { workerId, queues: ["default"], limit: 1, newMark: () => "0123456789ab" };
    let claimed = (await store.claim(next)).claimed ?? [];
    while (performance.now() < endsAt) {
      if (claimed[0] === undefined) {
        await sleep(20);
        claimed = (await store.claim(next)).claimed ?? [];
        continue;
      }
      const { job } = claimed[0];
      const fails = job.seq % failing === 0 && job.attempts === 0;
      const settled = await store.settle({ ...settlement(claimed[0], fails ? "failed" : "completed"), next });
      if (!fails) done++;
      claimed = settled?.claimed ?? [];
    }
  };
  const [first, ...others] = stores;
  const working = Promise.all([enqueue(first!), ...others.map(work)]);
  const samples: Sample[][] = [];
  for (let taken = 1; taken <= samplesTaken; taken++) {
    await sleep(endsAt - performance.now() - (samplesTaken - taken) * seconds * 1000 / samplesTaken);
    samples.push(await sampleOf(sql, schema));
    workshop.say(`${samples.at(-1)!.map(describe).join("; ")}`);
  }
  await working;
  return rowsOf(samples, { seconds, rate: done / seconds });
}

async function sampleOf(sql: postgres.Sql, schema: string): Promise<Sample[]> {
  const rows = await sql.unsafe(
    `SELECT relname AS table, n_live_tup AS live, n_dead_tup AS dead, n_tup_upd AS updated, n_tup_hot_upd AS hot,
            pg_table_size(relid) AS table_bytes, pg_indexes_size(relid) AS index_bytes
     FROM pg_stat_user_tables WHERE schemaname = $1`,
    [schema],
  );
  return tables.map((table) => {
    const { table: _, ...numbers } = rows.find((row) => row.table === table)!;
    const entries = Object.entries(numbers).map(([name, value]) => [name, Number(value)]);
    return { table, ...Object.fromEntries(entries) };
  });
}

function rowsOf(
  samples: readonly (readonly Sample[])[],
  { seconds, rate }: { readonly seconds: number; readonly rate: number },
): Row[] {
  const of = (table: Sample["table"]) => samples.map((taken) => taken.find((one) => one.table === table)!);
  const [jobs, runs] = [of("jobs"), of("runs")];
  const perJob = (sample: Sample) => sample.index_bytes / sample.live;
  const [middle, last] = [jobs[samplesTaken / 2 - 1]!, jobs.at(-1)!];
  const what = `${seconds} s of jobs that come and go on PostgreSQL`;
  const hot = ({ hot, updated }: Sample) => `${(hot / updated * 100).toFixed(0)} %`;
  return [
    {
      what: `${what}, with what enqueues them in the same process`,
      figure: rate,
      unit: "jobs/s",
      goal: null,
      note: `${last.live} jobs in the end; ${describe(last)}; ${describe(runs.at(-1)!)}`,
    },
    {
      // Each job leaves two, and autovacuum comes once a minute.
      what: "… dead rows of jobs at the worst / the jobs of a minute",
      figure: Math.max(...jobs.map(({ dead }) => dead)) / (rate * 60),
      unit: "×",
      goal: { atMost: 3 },
      note: `median ${median(jobs.map(({ dead }) => dead)).toFixed(0)} rows`,
    },
    {
      what: "… bytes of the indexes of jobs for each job, in the end / in the middle",
      figure: perJob(last) / perJob(middle),
      unit: "×",
      goal: { atMost: 1.1 },
      note: `${perJob(middle).toFixed(0)} → ${perJob(last).toFixed(0)} bytes`,
    },
    {
      what: "… updates of runs within their page (HOT)",
      figure: runs.at(-1)!.hot / runs.at(-1)!.updated * 100,
      unit: "%",
      goal: { atLeast: 90 },
      note: `counters ${hot(of("counters").at(-1)!)}, jobs ${hot(last)}, whose indexes follow their state`,
    },
  ];
}

function describe({ table, dead, table_bytes, index_bytes }: Sample): string {
  const size = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  return `${table}: ${dead} dead, ${size(table_bytes)}, indexes ${size(index_bytes)}`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, Math.max(0, ms)));
}
