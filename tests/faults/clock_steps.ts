/**
 * Workers whose clocks step back and forth by an hour, each on its own: no lease ends by it, no job is lost or run
 * twice, what is delayed runs in the end. Workers, store and processes are the real ones, in this process; only the
 * wall clock is not. A worker of another host, whose heartbeats are all there is to know of it, lives among them.
 */

import { assert, assertEquals } from "@std/assert";
import { formatHost } from "../../src/core/host.ts";
import type { Machine } from "../../src/core/ports.ts";
import { resolveSettings } from "../../src/core/settings.ts";
import { nodeSqlite } from "../../src/store/sqlite/drivers/node_sqlite.ts";
import type { Claimed, Store } from "../../src/store/store.ts";
import { systemChance, systemClock } from "../../src/system/clock.ts";
import { realMachine } from "../../src/system/machine.ts";
import { Worker } from "../../src/worker/worker.ts";
import { newJob, newWorker, settlement } from "../support/sample.ts";
import { waitFor } from "../support/program.ts";
import { assertSound } from "./dump.ts";
import type { Random, Scenario, Trial } from "./scenario.ts";
import { openTestStore } from "../support/open_store.ts";

export const clockSteps: Scenario = {
  name: "clock_steps",
  summary: "clocks that step back and forth by an hour end no lease and lose no job",
  run: stepClocks,
};

const hourMs = 3_600_000;
const settings = resolveSettings({
  flags: {},
  environment: { lease: "1s", heartbeat: "200ms", poll_interval: "100ms", backoff_base: "0.1" },
  file: {},
}).values;

/** A wall clock that is wrong by what it was last told. */
class SteppingClock {
  offsetMs = 0;
  readonly now = (): number => Date.now() + this.offsetMs;
  readonly monotonic = (): number => systemClock.monotonic();

  step(random: Random): void {
    this.offsetMs = random.pick([-hourMs, 0, hourMs]);
  }
}

interface Stage {
  readonly home: string;
  readonly clocks: SteppingClock[];
  readonly stores: Store[];
  readonly log: string[];
}

async function stepClocks(trial: Trial): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "queuectl-clock-" });
  const stage: Stage = { home, clocks: [], stores: [], log: [] };
  const workers: StartedWorker[] = [];
  try {
    const client = await openStore(stage);
    const stranger = await Stranger.join(stage);
    for (let i = 0; i < 2; i++) workers.push(await startWorker(stage));
    const ids = await enqueueWhileStepping(trial, stage, client, stranger);
    // Whatever was accepted under a clock that was ahead, and delayed at that, is due now.
    for (const clock of stage.clocks) clock.offsetMs = 2 * hourMs;
    await waitFor("every job to end", async () => {
      await stranger.renew();
      const { pending, processing } = (await client.counts()).byState;
      return pending + processing === 1;
    }, 30_000);
    await stranger.settle();
    await checkRuns(client, home, ids);
    trial.checked("every accepted job ended, and each of its runs ran once and was settled once", ids.length);
    assertEquals((await client.workers()).length, 3);
    assert(
      !stage.log.some((line) => / is gone; it held|taken for dead|late/.test(line)),
      stage.log.join("\n"),
    );
    trial.checked("no lease ended", 3);
    assert(!stage.log.some((line) => /looking for (dead workers|work):/.test(line)), stage.log.join("\n"));
    await stopAll(stage, workers);
    await assertSound(`${home}/queue.sqlite`, nodeSqlite(null));
    trial.checked("the store is sound");
  } finally {
    await stopAll(stage, workers);
    await Deno.remove(home, { recursive: true });
  }
}

interface StartedWorker {
  readonly worker: Worker;
  readonly ended: Promise<void>;
}

async function stopAll(stage: Stage, workers: readonly StartedWorker[]): Promise<void> {
  for (const { worker } of workers) worker.stop("force");
  await Promise.all(workers.map(({ ended }) => ended));
  for (const store of stage.stores.splice(0)) store.close();
}

/** A worker of another host, which holds one job all the time and is heard of by its heartbeats alone. */
class Stranger {
  readonly #store: Store;
  readonly #claimed: Claimed;

  private constructor(store: Store, claimed: Claimed) {
    this.#store = store;
    this.#claimed = claimed;
  }

  static async join(stage: Stage): Promise<Stranger> {
    const store = await openStore(stage);
    const host = formatHost({ name: "elsewhere", machine: "m2", boot: "b2", pidNamespace: "p2" });
    await store.registerWorker(
      newWorker("stranger", { host, hostName: "elsewhere", leaseMs: settings.lease }),
    );
    await store.enqueue([newJob("strange")]);
    const { claimed } = await store.claim({
      workerId: "stranger",
      queues: ["default"],
      limit: 1,
      newMark: () => systemChance.token(12),
    });
    return new Stranger(store, claimed![0]!);
  }

  async renew(): Promise<void> {
    assert(await this.#store.renewWorker("stranger") !== null, "the worker of another host was expired");
  }

  async settle(): Promise<void> {
    const settled = await this.#store.settle(settlement(this.#claimed, "completed"));
    assertEquals(settled?.state, "completed", "its run was taken from the worker of another host");
  }
}

async function openStore(stage: Stage, clock = new SteppingClock()): Promise<Store> {
  const store = await openTestStore(`${stage.home}/queue.sqlite`, {
    durability: "relaxed",
    clock: clock.now,
  });
  stage.clocks.push(clock);
  stage.stores.push(store);
  return store;
}

async function startWorker(stage: Stage): Promise<StartedWorker> {
  const clock = new SteppingClock();
  const machine: Machine = {
    ...realMachine({ home: stage.home, mainModule: import.meta.url, env: Deno.env.toObject() }),
    clock,
  };
  const worker = await Worker.create({
    store: await openStore(stage, clock),
    machine,
    settings,
    currentSettings: () => settings,
    log: (line) => stage.log.push(line),
    supervisorId: null,
    concurrency: 2,
    version: "faults",
  });
  return { worker, ended: worker.run() };
}

/** Accepts jobs while the clocks step: some fail once, some are delayed. Returns their ids. */
async function enqueueWhileStepping(
  trial: Trial,
  stage: Stage,
  client: Store,
  stranger: Stranger,
): Promise<string[]> {
  const { random } = trial;
  const ids: string[] = [];
  const endAt = performance.now() + trial.seconds * 1000;
  while (performance.now() < endAt) {
    for (const clock of stage.clocks) if (random.fraction() < 0.5) clock.step(random);
    trial.broke("clocks stepped by an hour");
    for (let i = random.between(0, 2); i > 0; i--) {
      const id = `j${ids.length}`;
      const failsOnce = random.fraction() < 0.3;
      const delayMs = random.pick([0, 0, 300, 2 * hourMs / 3]);
      const command = `echo "$QUEUECTL_JOB_ID $QUEUECTL_ATTEMPT" >>${stage.home}/ran` +
        (failsOnce ? `; [ "$QUEUECTL_ATTEMPT" != 1 ]` : "");
      await client.enqueue([newJob(id, { command, cwd: "/", due: { afterMs: delayMs } })]);
      ids.push(id);
    }
    await stranger.renew();
    await new Promise((resolve) => setTimeout(resolve, random.between(20, 120)));
  }
  return ids;
}

/** Compares what ran with what was settled: each run once, in its order, the last one completed. */
async function checkRuns(client: Store, home: string, ids: readonly string[]): Promise<void> {
  const lines = (await Deno.readTextFile(`${home}/ran`)).split("\n").slice(0, -1);
  const settled: string[] = [];
  for (const id of ids) {
    const job = await client.job(id);
    assert(job !== null, `${id} is lost`);
    const runs = await client.runs(job.seq);
    const outcomes = runs.map((run) => run.outcome);
    const wanted = outcomes.length === 2 ? ["failed", "completed"] : ["completed"];
    assertEquals([job.state, job.attempts, outcomes], ["completed", wanted.length, wanted], id);
    settled.push(...runs.map((run) => `${id} ${run.number}`));
  }
  assertEquals(lines.toSorted(), settled.toSorted());
}
