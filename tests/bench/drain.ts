/** How fast no-op jobs are run: by workers, and by bare spawners that run the same thing. */

import { runFiles } from "../../src/system/run_files.ts";
import { wordsOf } from "../../src/system/launcher.ts";
import { wrapper } from "../../src/system/wrapper.ts";
import type { TestQueue } from "../support/program.ts";
import { newOrder } from "../support/sample.ts";
import { StoreReader } from "./store_reader.ts";
import type { Workshop } from "./workshop.ts";

/** What a no-op job is. */
const noOp = ":";

/** Starts idle workers for a queue, in the background. */
export async function startWorkers(queue: TestQueue, count: number, concurrency = 1): Promise<void> {
  await queue.ok("worker", "start", `--count=${count}`, `--concurrency=${concurrency}`);
}

/**
 * Enqueues no-op jobs for workers that wait for them; returns how many were settled a second, at the steady rate:
 * between the settlement of the tenth and of the ninetieth in a hundred.
 */
export async function drainRate(workshop: Workshop, queue: TestQueue, jobs: number): Promise<number> {
  const file = workshop.path("no-ops.jsonl");
  await Deno.writeTextFile(file, `{"command":"${noOp}"}\n`.repeat(jobs));
  using store = new StoreReader(queue);
  const before = store.newestSeq();
  await queue.ok("enqueue", "--file", file);
  await store.waitForCompleted(before, jobs);
  return steadyRate(store.endsAfter(before));
}

/** Events a second between the tenth and the ninetieth in a hundred of them; times in milliseconds, in order. */
export function steadyRate(times: readonly number[]): number {
  const first = Math.floor(times.length * 0.1);
  const last = Math.floor(times.length * 0.9);
  return (last - first) / (times[last]! - times[first]!) * 1000;
}

/** A program that runs another one for each group of words in its stdin: xargs, or the loop of posix_spawn. */
export type Spawner = (atOnce: number, words: number) => readonly string[];

export const xargs: Spawner = (atOnce, words) => ["xargs", "-0", `-P${atOnce}`, `-n${words}`];

export function spawnLoop(program: string): Spawner {
  return (atOnce, words) => [program, String(atOnce), String(words)];
}

/** The arguments of a shell that is the wrapper of one run. */
export const oneWrappedRun = ["-c", `${wrapper}queuectl_run "$@"`, "queuectl-run"] as const;
const mark = "0123456789ab";

/** What follows `oneWrappedRun` for one run. */
export function argumentsOf(base: string, cwd: string, command: string): string[] {
  return wordsOf(newOrder(base, cwd, { command }));
}

/** How many wrapped no-op runs a spawner gets through a second: what workers run, with files of their own. */
export async function wrappedRate(
  workshop: Workshop,
  spawner: Spawner,
  at: { readonly runs: number; readonly atOnce: number },
): Promise<number> {
  const root = await Deno.makeTempDir({ dir: workshop.folder });
  const files = runFiles(root);
  const words = Array.from(
    { length: at.runs },
    (_, index) => argumentsOf(files.base(index + 1, 1, mark), workshop.folder, noOp),
  );
  const command = spawner(at.atOnce, words[0]!.length);
  const rate = await spawnRate(workshop, { command, prefix: ["/bin/sh", ...oneWrappedRun], words });
  await Deno.remove(root, { recursive: true });
  return rate;
}

/** The same for `sh -c :` and nothing around it. */
export async function bareRate(
  workshop: Workshop,
  spawner: Spawner,
  at: { readonly runs: number; readonly atOnce: number },
): Promise<number> {
  const words = Array.from({ length: at.runs }, () => [noOp]);
  return await spawnRate(workshop, { command: spawner(at.atOnce, 1), prefix: ["sh", "-c"], words });
}

async function spawnRate(
  workshop: Workshop,
  run: {
    readonly command: readonly string[];
    readonly prefix: readonly string[];
    readonly words: readonly (readonly string[])[];
  },
): Promise<number> {
  const stdin = new TextEncoder().encode(run.words.flat().map((word) => `${word}\0`).join(""));
  const [program, ...args] = run.command;
  const ms = await workshop.time(program!, [...args, ...run.prefix], { stdin });
  return run.words.length / ms * 1000;
}
