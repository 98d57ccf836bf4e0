/**
 * Several processes write to one store and are stopped at random instants. A copy of the file and its log is what a
 * crash at that instant would leave: it must hold all that was acknowledged, and be sound. A copy whose log ends
 * earlier, or in garbage, must be some earlier state, whole.
 */

import { assert, assertEquals } from "@std/assert";
import type { Driver } from "../../src/store/sqlite/driver.ts";
import { fromFileUrl } from "@std/path";
import { loadableDrivers } from "../support/drivers.ts";
import { TestQueue, waitFor } from "../support/program.ts";
import { assertSound } from "./dump.ts";
import { pauseGroups, signalGroups, startGroup } from "./paused_processes.ts";
import type { Random, Scenario, Trial } from "./scenario.ts";
import { copyStore } from "./scratch.ts";
import { type LogRange, looseBytes } from "./write_ahead_log.ts";

export const crashCopies: Scenario = {
  name: "crash_copies",
  summary:
    "file and log, copied while writers are stopped at random instants, hold all that was acknowledged",
  async run(trial) {
    const endAt = performance.now() + trial.seconds * 1000;
    do await writeAndCopy(trial, endAt); while (performance.now() < endAt);
  },
};

/** A store of more copies than this grows so large that looking at it takes longer than writing it. */
const copiesOfOneStore = 20;
const fewestCopies = 4;

interface Writer {
  readonly name: string;
  readonly kind: "single" | "batch" | "churn" | "program";
  /** Where it writes what was acknowledged. */
  readonly said: string;
  readonly process: Deno.ChildProcess;
}

async function writeAndCopy(trial: Trial, endAt: number): Promise<void> {
  const drivers = await loadableDrivers();
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "first", "--", "true");
  const writers = startWriters(queue, drivers, trial.random);
  const pids = writers.map((writer) => writer.process.pid);
  try {
    await waitFor("every writer's first words", () => writers.every((writer) => said(writer).length > 0));
    for (let i = 0; i < copiesOfOneStore && (i < fewestCopies || performance.now() < endAt); i++) {
      await new Promise((resolve) => setTimeout(resolve, trial.random.between(5, 150)));
      await pauseGroups(pids);
      trial.broke("all writers stopped", 1);
      const acknowledged = new Map(writers.map((writer) => [writer, said(writer)]));
      const original = `${queue.home}/queue.sqlite`;
      await copyStore(original, queue.path("copy"));
      const loose = await looseBytes(original);
      signalGroups(pids, "SIGCONT");
      const driver = trial.random.pick(drivers);
      await copyStore(queue.path("copy"), queue.path("cut"));
      await checkWhole(queue.path("copy"), driver, acknowledged);
      trial.checked("a copy is sound and holds all that was acknowledged");
      if (loose !== null) await checkCut(trial, queue.path("cut"), driver, { writers, loose });
    }
  } finally {
    signalGroups(pids, "SIGKILL");
    await Promise.all(writers.map((writer) => writer.process.status));
  }
}

function startWriters(queue: TestQueue, drivers: readonly Driver[], random: Random): Writer[] {
  const fixture = fromFileUrl(new URL("../fixtures/store_writer.ts", import.meta.url));
  const flags: string[] = JSON.parse(Deno.env.get("QUEUECTL_DENO_FLAGS") ?? "[]");
  const start = (kind: "single" | "batch" | "churn", name: string): Writer => {
    const args = [kind, name, `${queue.home}/queue.sqlite`, random.pick(drivers).name];
    const process = startGroup(`out=$1; shift; exec "$@" >>"$out"`, [
      queue.path(name),
      Deno.execPath(),
      ...["run", ...flags, "-A", fixture],
      ...args,
    ]);
    return { name, kind, said: queue.path(name), process };
  };
  const kinds = ["single", "single", "batch", "batch", "churn"] as const;
  return [...kinds.map((kind, i) => start(kind, `${kind}${i}`)), startProgram(queue)];
}

/** The program itself, call after call. */
function startProgram(queue: TestQueue): Writer {
  const name = "program";
  const loop =
    `out=$1; shift; i=0; while "$@" --id "${name}-$i" -- true; do echo "${name}-$i" >>"$out"; i=$((i+1)); done`;
  const { command, args } = queue.program;
  const process = startGroup(loop, [queue.path(name), command, ...args, "enqueue"], {
    QUEUECTL_HOME: queue.home,
    DENO_SQLITE_PATH: "",
  });
  return { name, kind: "program", said: queue.path(name), process };
}

function said(writer: Writer): string[] {
  try {
    return Deno.readTextFileSync(writer.said).split("\n").slice(0, -1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The states of the jobs of a copy. */
function statesIn(path: string, driver: Driver): Map<string, string> {
  const database = driver.open(path, { readOnly: false, busyTimeoutMs: 1000 });
  try {
    const rows = database.prepare("SELECT id, state FROM jobs").all();
    return new Map(rows.map((row) => [String(row.id), String(row.state)]));
  } finally {
    database.close();
  }
}

async function checkWhole(
  path: string,
  driver: Driver,
  acknowledged: ReadonlyMap<Writer, readonly string[]>,
): Promise<void> {
  await assertSound(path, driver);
  const states = statesIn(path, driver);
  for (const [writer, lines] of acknowledged) {
    for (const line of lines) {
      for (const id of idsOf(writer, line)) {
        assert(states.has(id), `${id} was acknowledged to ${writer.name} and is not there`);
        if (writer.kind === "churn") assertEquals(states.get(id), "completed", `${id}, which was settled`);
      }
    }
  }
  assertPrefixes([...acknowledged.keys()], states);
}

function idsOf(writer: Writer, line: string): string[] {
  if (writer.kind !== "batch") return [line];
  const [batch, size] = line.split("x");
  return Array.from({ length: Number(size) }, (_, i) => `${batch}-${i}`);
}

/** Cuts the log at a random byte, and half of the time leaves garbage behind the cut. */
async function checkCut(
  trial: Trial,
  path: string,
  driver: Driver,
  { writers, loose }: { writers: readonly Writer[]; loose: LogRange },
): Promise<void> {
  const at = trial.random.between(loose.from, loose.to - 1);
  const garbage = trial.random.between(0, 1) * Math.min(loose.to - at, trial.random.between(1, 20_000));
  await Deno.truncate(`${path}-wal`, at);
  const noise = Uint8Array.from({ length: garbage }, () => trial.random.between(0, 255));
  await Deno.writeFile(`${path}-wal`, noise, { append: true });
  trial.broke(garbage === 0 ? "log cut at a random byte" : "log that ends in garbage");
  await assertSound(path, driver);
  assertPrefixes(writers, statesIn(path, driver));
  trial.checked("a store with a cut log is a whole earlier state");
}

/** Of each writer there is a beginning without gaps, and of each batch all or nothing. */
function assertPrefixes(writers: readonly Writer[], states: ReadonlyMap<string, string>): void {
  for (const { name, kind } of writers) {
    if (kind === "churn") continue;
    const rounds = new Map<number, number>();
    for (const id of states.keys()) {
      if (!id.startsWith(`${name}-`)) continue;
      const round = Number(id.split("-")[1]);
      rounds.set(round, (rounds.get(round) ?? 0) + 1);
    }
    for (let round = 0; round < rounds.size; round++) {
      const wanted = kind === "batch" ? 2 + round % 9 : 1;
      assertEquals(
        rounds.get(round),
        wanted,
        `jobs of round ${round} of ${name}, with ${rounds.size} rounds`,
      );
    }
  }
}
