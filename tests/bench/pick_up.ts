/** How long an idle worker takes from a job's acceptance to the job's first instruction. */

import { runFiles } from "../../src/system/run_files.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import type { Store } from "../../src/store/store.ts";
import { inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { type TestQueue, waitFor } from "../support/program.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { argumentsOf, oneWrappedRun, startWorkers } from "./drain.ts";
import { withoutServer } from "./postgres_rate.ts";
import { median, quantile } from "./samples.ts";
import { StoreReader } from "./store_reader.ts";
import type { Workshop } from "./workshop.ts";

interface Sample {
  /** From the end of the call that enqueued it, and from its acceptance in the store; milliseconds. */
  readonly sinceReturn: number;
  readonly sinceAccepted: number;
  /** What the wrapper takes to the same instruction when it is started by itself. */
  readonly spawn: number;
}

export const pickUp: Benchmark = {
  name: "pick-up",
  summary: "from the return of enqueue to the job's first instruction, idle worker",
  async run(workshop) {
    const what = "enqueue returned → first instruction, above the wrapper's own";
    const goals = { p50: { atMost: 8 }, p95: { atMost: 20 } };
    return await measureAll(workshop, { what, goals, queue: await workshop.queue(), look: lookIntoFile });
  },
};

export const postgresPickUp: Benchmark = {
  name: "postgres-pick-up",
  summary: "the same on PostgreSQL",
  async run(workshop) {
    const what = "enqueue returned → first instruction on PostgreSQL, above the wrapper's own";
    const server = await workshop.postgres();
    if (server === null) return [withoutServer(what, "ms")];
    const schema = newSchemaName();
    const url = inSchema(server, schema);
    const store = (await openPostgresStore({ url, access: "write" }))!;
    try {
      return await measureAll(workshop, {
        what,
        goals: { p50: { atMost: 10 }, p95: null },
        queue: await workshop.queue({ QUEUECTL_STORE: url }),
        look: (_, id) => lookIntoStore(store, id),
      });
    } finally {
      await store.close();
      await runSql(server, `DROP SCHEMA "${schema}" CASCADE`);
    }
  },
};

interface Measured {
  readonly what: string;
  readonly goals: { readonly p50: Row["goal"]; readonly p95: Row["goal"] };
  readonly queue: TestQueue;
  /** Waits until a job is completed; returns when it was accepted. */
  readonly look: (queue: TestQueue, id: string) => Promise<number>;
}

async function measureAll(workshop: Workshop, measured: Measured): Promise<Row[]> {
  const { what, goals, queue } = measured;
  if (Deno.build.os !== "linux") {
    return [{ what, figure: null, unit: "ms", goal: goals.p50, note: "date has no nanoseconds here" }];
  }
  await startWorkers(queue, 1);
  // The files that each job writes are its own, also where both stores are measured.
  const series = crypto.randomUUID().slice(0, 8);
  const samples: Sample[] = [];
  const count = workshop.size(200, 4);
  for (let number = -2; number < count; number++) {
    const sample = await measure(workshop, measured, `job${number}-${series}`);
    if (number >= 0) samples.push(sample);
  }
  await workshop.done(queue);
  const spawn = median(samples.map((sample) => sample.spawn));
  const row = (
    what: string,
    share: number,
    since: "sinceReturn" | "sinceAccepted",
    goal: Row["goal"],
  ): Row => ({
    what: `${what}, p${share * 100}`,
    figure: quantile(samples.map((sample) => sample[since]), share) - spawn,
    unit: "ms",
    goal,
    note: `${count} jobs; the wrapper's own: ${spawn.toFixed(1)} ms`,
  });
  return [
    row(what, 0.5, "sinceReturn", goals.p50),
    row(what, 0.95, "sinceReturn", goals.p95),
    row("the same since it was accepted in the store", 0.5, "sinceAccepted", null),
    row("the same since it was accepted in the store", 0.95, "sinceAccepted", null),
  ];
}

async function lookIntoFile(queue: TestQueue, id: string): Promise<number> {
  using store = new StoreReader(queue);
  await store.waitForCompleted(store.newestSeq() - 1, 1, 30_000);
  return store.createdAt(id);
}

async function lookIntoStore(store: Store, id: string): Promise<number> {
  await waitFor(`${id} to be completed`, async () => (await store.job(id))?.state === "completed", 30_000);
  return (await store.job(id))!.createdAt;
}

/** The worker is idle: the job before was seen settled, and the call itself takes longer than to go idle. */
async function measure(workshop: Workshop, { queue, look }: Measured, id: string): Promise<Sample> {
  const spawn = await wrapperTime(workshop, id);
  const file = workshop.path(`${id}.time`);
  const args = ["enqueue", "--id", id, "--", commandThatWrites(file)];
  await workshop.time(await workshop.binary(), args, { env: workshop.environment(queue) });
  const returnedAt = wallClockMs();
  const createdAt = await look(queue, id);
  const ranAt = await timeIn(file);
  return { sinceReturn: ranAt - returnedAt, sinceAccepted: ranAt - createdAt, spawn };
}

/** From the start of the wrapper, by itself, to the first instruction of its command. */
async function wrapperTime(workshop: Workshop, id: string): Promise<number> {
  const file = workshop.path(`${id}.spawn`);
  const files = runFiles(workshop.path("runs-by-hand"));
  files.prepare();
  const args = [
    ...oneWrappedRun,
    ...argumentsOf(files.base(1, 1, crypto.randomUUID()), workshop.folder, commandThatWrites(file)),
  ];
  const startedAt = wallClockMs();
  await workshop.time("/bin/sh", args);
  return await timeIn(file) - startedAt;
}

function commandThatWrites(file: string): string {
  return `date +%s%N >'${file}'`;
}

/** The wall clock of now, in milliseconds and fractions. */
function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}

async function timeIn(file: string): Promise<number> {
  return Number(await Deno.readTextFile(file)) / 1e6;
}
