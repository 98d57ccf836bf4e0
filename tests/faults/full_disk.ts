/** A disk that is really full while workers drain a queue: a file system in memory, where root may mount one. */

import { TestQueue } from "../support/program.ts";
import { pause } from "./background.ts";
import { drain } from "./drain.ts";
import { judge } from "./judge.ts";
import { jobLines } from "./ledger.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { SqliteView } from "./sqlite_view.ts";

const sizes = { short: 60, long: 1500 };
const diskSize = "8m";

export const fullDisk: Scenario = {
  name: "full_disk",
  summary: "a disk that is full in the middle: refused with exit code 4, nothing lost, nothing doubled",
  async run(trial) {
    await using queue = await TestQueue.create();
    await Deno.mkdir(queue.home);
    if (!await shell(`mount -t tmpfs -o size=${diskSize},mode=0700 tmpfs "$1"`, queue.home)) {
      return trial.say("no file system can be mounted here (it takes root)");
    }
    let isGood = false;
    try {
      await fillAndFree(queue, trial);
      isGood = true;
    } finally {
      await queue.call(["worker", "stop", "--force", "--wait"]);
      // What tells why must not go with the disk.
      if (!isGood) await shell(`cp -r "$1" "$1.copy"`, queue.home);
      await shell(`umount -l "$1"`, queue.home);
    }
  },
};

async function fillAndFree(queue: TestQueue, trial: Trial): Promise<void> {
  const count = sizes[trial.size];
  // On another disk: what the jobs say of themselves is never lost.
  const ledger = queue.path("ledger");
  const deeds = Array.from(
    { length: count },
    (_, index) => ({ id: `j${index}`, seconds: 0.05, failures: 0 }),
  );
  const enqueued = await queue.call(["enqueue", "-"], { stdin: jobLines(deeds, ledger) });
  if (enqueued.code !== 0) throw new Error(enqueued.stderr);
  using view = new SqliteView(queue.home);
  await queue.ok("worker", "start", "--count=2");
  const before = (await view.workers()).map((worker) => worker.pid).join();
  const fillings = trial.size === "short" ? 1 : 5;
  for (let filling = 1; filling <= fillings; filling++) {
    const left = Math.round(count * (1 - filling / (fillings + 1)));
    await drain({ queue, view, trial, patienceMs: 120_000, left });
    await fillOnce(queue, trial);
  }
  await drain({ queue, view, trial, patienceMs: 120_000 });
  await judge({ view, ledger, acknowledged: deeds.map((deed) => deed.id) }, trial);
  const after = (await view.workers()).map((worker) => worker.pid).join();
  if (after !== before) throw new Error(`the workers were ${before} and are ${after}\n${queue.log()}`);
  trial.checked("workers wait for room and go on by themselves", 2);
}

async function fillOnce(queue: TestQueue, trial: Trial): Promise<void> {
  // Again and again, since workers give room back for a moment when they remove the folder of a run.
  await shell(`for i in 1 2 3 4 5; do cat /dev/zero >>"$1/filler"; sleep 0.05; done`, queue.home);
  trial.broke("disk filled");
  // More than a log that was brought into the file leaves free for what comes next.
  const big = JSON.stringify({ id: "refused", command: "true", env: { BIG: "x".repeat(6_000_000) } });
  const refused = await queue.call(["enqueue", "-"], { stdin: big });
  if (refused.code !== 4 || !refused.stderr.includes("full")) {
    throw new Error(`enqueue on a full disk: exit ${refused.code}\n${refused.stderr}`);
  }
  trial.checked("enqueue on a full disk says so and exits with 4");
  await pause(trial.random.between(500, 3000));
  await Deno.remove(`${queue.home}/filler`);
}

async function shell(script: string, ...args: string[]): Promise<boolean> {
  const command = new Deno.Command("sh", {
    args: ["-c", script, "sh", ...args],
    stdout: "null",
    stderr: "null",
  });
  return (await command.output()).success;
}
