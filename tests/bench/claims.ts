/**
 * Claiming and settling inside the store, without running anything, beside crowds of jobs and queues that wait: on SQLite
 * the processor's time, on PostgreSQL the time of a worker with one slot.
 */

import process from "node:process";
import type { NewJob } from "../../src/core/job.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import type { Claimed, ClaimRequest, Store } from "../../src/store/store.ts";
import { openTestStore } from "../support/open_store.ts";
import { inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { newJob, newWorker, settlement } from "../support/sample.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { withoutServer } from "./postgres_rate.ts";
import { interleave, median, medianRatio } from "./samples.ts";
import type { Workshop } from "./workshop.ts";

/** A store with a crowd is compared with one that is the same without it. */
interface Shape {
  readonly what: string;
  /** What the worker takes jobs from. */
  readonly queues: readonly string[];
  /** In both stores. */
  readonly keyLimit?: number;
  readonly crowd: Crowd;
}

interface Crowd {
  readonly count: number;
  readonly job: (index: number) => Partial<NewJob>;
  /** In each of so many queues; they are called q0, q1 … */
  readonly queueLimits?: number;
  /** One of them runs and goes on. */
  readonly runsOne?: true;
}

/** What blocked jobs wait for: a job that is not due. */
const parent = "parent";
const low = { priority: -9 };
const inQueues = (index: number) => ({ ...low, queue: `q${index % 100}` });

function shapes(workshop: Workshop): readonly Shape[] {
  const many = workshop.size(100_000, 2_000);
  const keys = workshop.size(10_000, 200);
  return [
    { what: "100 other queues, of which it takes all", queues: ["*"], crowd: { count: 1000, job: inQueues } },
    {
      what: "100 other queues with limits, of which it takes all",
      queues: ["*"],
      crowd: { count: 1000, job: inQueues, queueLimits: 100 },
    },
    {
      what: "100 other queues with limits",
      queues: ["default"],
      crowd: { count: 1000, job: inQueues, queueLimits: 100 },
    },
    {
      what: `${keys} keys under a limit by key`,
      queues: ["default"],
      keyLimit: 2,
      crowd: { count: 3 * keys, job: (index) => ({ ...low, key: `k${index % keys}` }) },
    },
    {
      what: `${many} blocked jobs`,
      queues: ["default"],
      crowd: {
        count: many,
        job: () => ({ priority: 9, after: [{ parentId: parent, awaits: "completed" }] }),
      },
    },
    {
      what: `${many} held jobs of one key`,
      queues: ["default"],
      keyLimit: 1,
      crowd: { count: many, job: () => ({ priority: 9, key: "k" }), runsOne: true },
    },
    {
      what: `${many} delayed jobs of high priority`,
      queues: ["default"],
      crowd: { count: many, job: () => ({ priority: 9, due: { afterMs: 86_400_000 } }) },
    },
  ];
}

export const claims: Benchmark = {
  name: "claims",
  summary: "claiming and settling inside the store, beside crowds of waiting jobs and queues",
  run: (workshop) => compareAll(workshop, onFile(workshop)),
};

export const postgresClaims: Benchmark = {
  name: "postgres-claims",
  summary: "the same on PostgreSQL",
  async run(workshop) {
    const url = await workshop.postgres();
    if (url === null) return [withoutServer("claims beside crowds on PostgreSQL", "×")];
    return await compareAll(workshop, onServer(workshop, url));
  },
};

async function compareAll(workshop: Workshop, place: Place): Promise<Row[]> {
  const rows: Row[] = [];
  for (const shape of shapes(workshop)) {
    workshop.say(`${place.name} beside ${shape.what}`);
    rows.push(await compare(workshop, shape, place));
  }
  return rows;
}

interface Place {
  readonly name: string;
  readonly lapJobs: number;
  /** Of a store in this process what the processor has done says more than the time, whoever else is at work. */
  readonly clockMs: () => number;
  make(): Promise<Made>;
}

interface Made {
  readonly store: Store;
  /** By a connection of its own; tables are called @name. */
  sql(text: string): Promise<unknown>;
  remove(): Promise<unknown>;
}

function onFile(workshop: Workshop): Place {
  return {
    name: "SQLite",
    clockMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    lapJobs: workshop.size(2_000, 200),
    async make() {
      const folder = await Deno.makeTempDir({ dir: workshop.folder });
      const store = await openTestStore(`${folder}/queue.sqlite`, { durability: "relaxed" });
      return {
        store,
        sql: async (text) => {
          const { DatabaseSync } = await import("node:sqlite");
          const database = new DatabaseSync(`${folder}/queue.sqlite`);
          database.exec(text.replaceAll("@", ""));
          database.close();
        },
        remove: () => Deno.remove(folder, { recursive: true }),
      };
    },
  };
}

function onServer(workshop: Workshop, url: string): Place {
  return {
    name: "PostgreSQL",
    clockMs: () => performance.now(),
    lapJobs: workshop.size(300, 50),
    async make() {
      const schema = newSchemaName();
      const store = (await openPostgresStore({ url: inSchema(url, schema), access: "write" }))!;
      const sql = (text: string) => runSql(url, text.replaceAll("@", `${schema}.`));
      return { store, sql, remove: () => sql(`DROP SCHEMA ${schema} CASCADE`) };
    },
  };
}

async function compare(workshop: Workshop, shape: Shape, place: Place): Promise<Row> {
  const [crowded, plain] = [await place.make(), await place.make()];
  try {
    await prepare(crowded, shape, shape.crowd);
    await prepare(plain, shape, null);
    const samples = await interleave({
      crowded: () => lap(crowded.store, shape, place),
      plain: () => lap(plain.store, shape, place),
    }, workshop.size(9, 1));
    return {
      what: `${place.name} beside ${shape.what} / without`,
      figure: medianRatio(samples.crowded, samples.plain),
      unit: "×",
      goal: { atMost: 1.1 },
      note: `${(1000 * median(samples.crowded)).toFixed(0)} / ${
        (1000 * median(samples.plain)).toFixed(0)
      } µs a job`,
    };
  } finally {
    for (const { store, remove } of [crowded, plain]) {
      await store.close();
      await remove();
    }
  }
}

async function prepare({ store, sql }: Made, shape: Shape, crowd: Crowd | null): Promise<void> {
  await store.registerWorker(newWorker("w"));
  await store.enqueue([newJob(parent, { queue: "parents", due: { afterMs: 86_400_000 } })]);
  if (shape.keyLimit !== undefined) await store.changeQueue("default", { keyLimit: shape.keyLimit });
  for (let i = 0; i < (crowd?.queueLimits ?? 0); i++) await store.changeQueue(`q${i}`, { limit: 5 });
  for (let from = 0; from < (crowd?.count ?? 0); from += 5000) {
    const count = Math.min(5000, crowd!.count - from);
    await store.enqueue(
      Array.from({ length: count }, (_, i) => newJob(`c${from + i}`, crowd!.job(from + i))),
    );
  }
  while (await store.regate());
  if (crowd?.runsOne) await store.claim(requestOf(shape));
  const faults = await store.check();
  if (faults.length > 0) throw new Error(`the filled store is wrong: ${faults.join("; ")}`);
  await sql("ANALYZE");
}

function requestOf({ queues }: Shape): ClaimRequest {
  return { workerId: "w", queues, limit: 1, newMark: () => crypto.randomUUID().slice(0, 12) };
}

let names = 0;

/** Milliseconds a job. */
async function lap(store: Store, shape: Shape, { lapJobs: count, clockMs }: Place): Promise<number> {
  const key = () => shape.keyLimit === undefined ? null : `lap${names}`;
  await store.enqueue(
    Array.from({ length: count }, () => newJob(`l${names++}`, { key: key(), priority: 5 })),
  );
  const next = requestOf(shape);
  const start = clockMs();
  let claimed: readonly Claimed[] = (await store.claim(next)).claimed ?? [];
  for (let done = 1; done < count; done++) {
    claimed = (await store.settle({ ...settlement(claimed[0]!, "completed"), next }))?.claimed ?? [];
  }
  const tookMs = clockMs() - start;
  await store.settle(settlement(claimed[0]!, "completed"));
  return tookMs / count;
}
