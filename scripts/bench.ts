/**
 * Measures the program against its goals, in throw-away homes: `deno task bench`.
 *
 *     deno task bench [--quick] [--only NAME,…] [--json]
 *
 * Prints a table: what was measured, its goal, and whether that was reached. `--quick` measures everything with small
 * sizes in under a minute, for a look whether it works. `--only` runs the named benchmarks, also those that take long
 * (scaling, builds); an unknown name lists them all. `--json` prints one object instead: `machine` (cpu, cores,
 * kernel), `queuectl`, `deno`, `store` (driver, sqlite, durability), `quick`, and `rows`, each with `benchmark`,
 * `what`, `figure` (null where it cannot be measured here), `unit`, `at_least` or `at_most` (the goal, or null),
 * `reached` (null without a goal) and `note`.
 *
 * What is measured is QUEUECTL_TEST_BINARY, or a binary that is built first. Missed goals are no failure: only errors
 * are. Ratios come from runs that take turns, since machines are noisy. DENO_SQLITE_PATH, QUEUECTL_SQLITE_DRIVER and
 * QUEUECTL_DURABILITY choose the store that is measured. PostgreSQL is measured on QUEUECTL_TEST_POSTGRES, or on a server
 * that is started for it; where there is none, that is said. QUEUECTL_BENCH_CHURN_S is the length of the churn there.
 */
import { parseArgs } from "@std/cli/parse-args";
import { cpus } from "node:os";
import type { Benchmark } from "../tests/bench/benchmark.ts";
import { buildVariants } from "../tests/bench/build_variants.ts";
import { bulk } from "../tests/bench/bulk.ts";
import { claims, postgresClaims } from "../tests/bench/claims.ts";
import { concurrency } from "../tests/bench/concurrency.ts";
import { draining, survivors } from "../tests/bench/draining.ts";
import { drainingFull, reading } from "../tests/bench/full_store.ts";
import { idle } from "../tests/bench/idle.ts";
import { versionOf } from "../tests/bench/inside.ts";
import { overhead } from "../tests/bench/overhead.ts";
import { pickUp, postgresPickUp } from "../tests/bench/pick_up.ts";
import { postgresChurn } from "../tests/bench/postgres_churn.ts";
import { postgresFull } from "../tests/bench/postgres_full.ts";
import { postgresRate } from "../tests/bench/postgres_rate.ts";
import { type Report, toJson, toText } from "../tests/bench/report.ts";
import { scaling } from "../tests/bench/scaling.ts";
import { startUp } from "../tests/bench/start_up.ts";
import { Workshop } from "../tests/bench/workshop.ts";

const benchmarks: readonly Benchmark[] = [
  startUp,
  bulk,
  draining,
  survivors,
  drainingFull,
  overhead,
  pickUp,
  idle,
  reading,
  concurrency,
  claims,
  postgresRate,
  postgresFull,
  postgresClaims,
  postgresPickUp,
  postgresChurn,
  scaling,
  buildVariants,
];

interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  readonly chosen: readonly Benchmark[];
}

class UsageError extends Error {}

function readOptions(args: string[]): Options {
  const { _: rest, quick, json, only } = parseArgs(args, {
    boolean: ["quick", "json"],
    string: ["only", "_"],
    unknown: (word) => {
      throw new UsageError(`there is no ${word}`);
    },
  });
  if (rest.length > 0) throw new UsageError(`there is no ${rest.join(" ")}`);
  return { quick, json, chosen: only === undefined ? benchmarks.filter((one) => !one.isExtra) : named(only) };
}

function named(only: string): Benchmark[] {
  return only.split(",").map((name) => {
    const found = benchmarks.find((benchmark) => benchmark.name === name.trim());
    if (found !== undefined) return found;
    const list = benchmarks.map((each) => `  ${each.name.padEnd(16)} ${each.summary}`).join("\n");
    throw new UsageError(`there is no benchmark "${name}"; there are\n${list}`);
  });
}

async function measure(workshop: Workshop, { quick, chosen }: Options): Promise<Report> {
  const version = await versionOf(workshop);
  const measured: { name: string; rows: Awaited<ReturnType<Benchmark["run"]>> }[] = [];
  for (const { name, summary, run } of chosen) {
    workshop.say(`${name}: ${summary}`);
    measured.push({ name, rows: await run(workshop) });
  }
  return {
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: navigator.hardwareConcurrency,
      kernel: `${Deno.build.os} ${Deno.osRelease()}`,
    },
    queuectl: version.version,
    deno: version.deno,
    store: {
      driver: version.sqlite_driver,
      sqlite: version.sqlite,
      durability: Deno.env.get("QUEUECTL_DURABILITY") || "standard",
    },
    quick,
    benchmarks: measured,
  };
}

/** Says on a terminal what is going on; each line takes the place of the one before. */
function progress(line: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${line}`));
}

async function main(): Promise<number> {
  const options = readOptions(Deno.args);
  await using workshop = await Workshop.open({ quick: options.quick, say: progress });
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => void workshop[Symbol.asyncDispose]().finally(() => Deno.exit(code)));
  }
  const report = await measure(workshop, options);
  progress("");
  console.log(options.json ? toJson(report) : toText(report));
  return 0;
}

try {
  Deno.exit(await main());
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`Cannot run the benchmarks: ${error.message}`);
  Deno.exit(2);
}
