/** The judge lets a lost host's runs overlap with what came after them, and nothing else. */

import { assertRejects } from "@std/assert";
import { judge, type Loss } from "./judge.ts";
import { Random, type Trial } from "./scenario.ts";
import { inScratchFolder } from "./scratch.ts";
import type { JobRow, RunRow, StoreView } from "./store_view.ts";

const job: JobRow = {
  seq: 1,
  id: "j",
  state: "completed",
  reason: null,
  attempts: 1,
  maxRetries: 3,
  runCount: 2,
  token: 3,
  workerId: null,
  queue: "default",
  key: null,
  demand: "",
};

function run(number: number, outcome: string, hostName: string): RunRow {
  return {
    jobSeq: 1,
    number,
    token: number,
    workerId: "w",
    hostName,
    host: hostName,
    startedAt: 1000 * number,
    finishedAt: 1000 * number + 900,
    outcome,
    exitCode: outcome === "completed" ? 0 : null,
    text: "",
  };
}

const trial: Trial = {
  random: new Random(1),
  seconds: 0,
  size: "short",
  broke: () => {},
  checked: () => {},
  say: () => {},
};

/** A job that crashed on host `a` and completed on host `b`, with what it said of itself. */
function judged(
  lines: readonly string[],
  losses: readonly Loss[],
  jobs: readonly JobRow[] = [job],
): Promise<void> {
  const runs = [run(1, "crashed", "a"), run(2, "completed", "b")];
  const view: StoreView = {
    processing: () => Promise.resolve([]),
    everything: () => Promise.resolve({ jobs: [...jobs], runs }),
    unfinished: () => Promise.resolve(0),
    workers: () => Promise.resolve([]),
    supervisors: () => Promise.resolve([]),
    faults: () => Promise.resolve([]),
  };
  return inScratchFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/ledger`, lines.map((line) => `${line}\n`).join(""));
    await judge({ view, ledger: `${folder}/ledger`, acknowledged: ["j"], losses }, trial);
  });
}

const second = ["start j 2", "end j 2 0"];
const overlapping = ["start j 1", "start j 2", "end j 1 0", "end j 2 0"];
const lost: Loss = { hostName: "a", from: 1500, to: 5000 };

Deno.test("a crashed run that never began is right, lost or not", async () => {
  await judged(second, []);
  await judged(second, [lost]);
});

Deno.test("a crashed run may have gone on where its host was lost while it ran", async () => {
  await judged(overlapping, [lost]);
});

for (
  const [what, losses] of Object.entries<readonly Loss[]>({
    "no host was lost": [],
    "another host was lost": [{ ...lost, hostName: "b" }],
    "its host was lost later": [{ ...lost, from: 2000 }],
    "its host was lost earlier": [{ ...lost, from: 0, to: 900 }],
  })
) {
  Deno.test(`a crashed run may not have begun where ${what}`, async () => {
    await assertRejects(() => judged(overlapping, losses), Error, "run 1 is crashed");
  });
}

Deno.test("a lost run that begins twice, a settled one that ends twice, and a job that is gone are faults", async () => {
  await assertRejects(() => judged(["start j 1", ...overlapping], [lost]), Error, "its lost runs say");
  await assertRejects(() => judged([...second, "end j 2 0"], [lost]), Error, "successful ends");
  await assertRejects(() => judged(second, [lost], []), Error, "is not there");
});
