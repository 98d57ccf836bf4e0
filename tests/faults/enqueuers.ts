/** Programs that enqueue large files are killed at random moments: all of a file is there afterwards, or nothing. */

import { TestQueue } from "../support/program.ts";
import { pause } from "./background.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { SqliteView } from "./sqlite_view.ts";

const lineCounts = { short: 5_000, long: 100_000 };
/** Files that are enqueued at the same time. */
const atOnce = 3;
/** A store is given up for a new one after so many rounds, so that the disk is not filled. */
const roundsPerStore = 5;

export const enqueuers: Scenario = {
  name: "enqueuers",
  summary: "bulk enqueues killed in the middle leave all of a file or nothing",
  goesByTime: true,
  async run(trial) {
    const until = performance.now() + trial.seconds * 1000;
    do await enqueueIntoOneStore(trial, until); while (performance.now() < until);
  },
};

async function enqueueIntoOneStore(trial: Trial, until: number): Promise<void> {
  await using queue = await TestQueue.create();
  const startedAt = performance.now();
  await enqueueWhole(queue, await writeFile(queue, "whole", lineCounts[trial.size]));
  const wholeMs = performance.now() - startedAt;
  using view = new SqliteView(queue.home);
  let expected = lineCounts[trial.size];
  for (let round = 1; round <= roundsPerStore; round++) {
    const names = Array.from({ length: atOnce }, (_, index) => `r${round}-${index}`);
    // The files share the machine, so a kill is as likely early as late only over that much longer a time.
    const killings = names.map((name) =>
      killOne(queue, view, { name, trial, afterMs: trial.random.between(0, Math.round(atOnce * wholeMs)) })
    );
    const counts = await Promise.all(killings);
    for (const [index, name] of names.entries()) {
      if (counts[index] === 0) await enqueueWhole(queue, queue.path(name));
      expected += lineCounts[trial.size];
    }
    if (performance.now() > until) break;
  }
  const found = (await view.everything()).jobs.length;
  if (found !== expected) throw new Error(`${found} jobs are there and not ${expected}`);
  trial.checked("a file that was refused by a kill is accepted afterwards");
  const faults = await view.faults();
  if (faults.length > 0) throw new Error(faults.join("\n"));
  trial.checked("integrity_check and the store's own check find nothing");
}

interface Killing {
  readonly name: string;
  readonly trial: Trial;
  readonly afterMs: number;
}

/** Enqueues a file and kills that after some time; returns how many of its jobs are there. */
async function killOne(queue: TestQueue, view: SqliteView, killing: Killing): Promise<number> {
  const { name, trial, afterMs } = killing;
  const lines = lineCounts[trial.size];
  const child = queue.spawn(["enqueue", "--file", await writeFile(queue, name, lines)]);
  const ended = child.output();
  await Promise.race([ended, pause(afterMs)]);
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
  const { success, signal, stderr } = await ended;
  const count = view.countWithPrefix(`${name}-`);
  if (!success && signal !== "SIGKILL") throw new Error(new TextDecoder().decode(stderr));
  if (count !== 0 && count !== lines) {
    throw new Error(`${count} of ${lines} jobs of a killed enqueue are there`);
  }
  trial.checked("all of a file is there, or nothing");
  if (success) {
    if (count !== lines) throw new Error(`enqueue accepted ${name}, but none of it is there`);
    trial.checked("an acknowledged file is there");
  } else {
    trial.broke(
      count === 0 ? "enqueue killed before it stored anything" : "enqueue killed after it stored all",
    );
  }
  return count;
}

async function enqueueWhole(queue: TestQueue, path: string): Promise<void> {
  await queue.ok("enqueue", "--file", path);
}

async function writeFile(queue: TestQueue, name: string, lines: number): Promise<string> {
  const text = Array.from({ length: lines }, (_, index) => `{"id":"${name}-${index}","command":"true"}\n`);
  await Deno.writeTextFile(queue.path(name), text.join(""));
  return queue.path(name);
}
