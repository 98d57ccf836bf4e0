/**
 * The clock on the wall steps an hour back and forth under workers that run: libfaketime, where it is installed
 * (Debian: `faketime`) or FAKETIME_LIBRARY names it. Nobody is taken for dead and no job is doubled.
 */

import { TestQueue, waitFor, type WorkerShape } from "../support/program.ts";
import { Background } from "./background.ts";
import { quickLeases } from "./crew.ts";
import { drain } from "./drain.ts";
import { judge } from "./judge.ts";
import { LeaseWatch } from "./lease_watch.ts";
import { jobLines } from "./ledger.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { SqliteView } from "./sqlite_view.ts";

const hourMs = 3_600_000;
/** Jobs that two workers do in a second, about: enough to keep them busy for as long as the clock steps. */
const jobsPerSecond = 8;

export const faketime: Scenario = {
  name: "faketime",
  summary:
    "the clock steps an hour back and forth under workers: nobody is taken for dead, nothing is doubled",
  goesByTime: true,
  async run(trial) {
    const library = findLibrary();
    if (library === undefined) return trial.say("libfaketime is not installed (FAKETIME_LIBRARY names one)");
    const folder = await Deno.makeTempDir({ prefix: "queuectl-clock-" });
    const clock = new FakeClock(`${folder}/clock`);
    try {
      await clock.step(0);
      await using queue = await TestQueue.create(undefined, {
        ...quickLeases,
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: clock.path,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      });
      await stepUnderWorkers(queue, clock, trial);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};

class FakeClock {
  readonly path: string;
  offsetHours = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Replaced as a whole, since programs read it at any moment. */
  async step(offsetHours: number): Promise<void> {
    this.offsetHours = offsetHours;
    await Deno.writeTextFile(`${this.path}.new`, `${offsetHours < 0 ? "" : "+"}${offsetHours}h\n`);
    await Deno.rename(`${this.path}.new`, this.path);
  }
}

async function stepUnderWorkers(queue: TestQueue, clock: FakeClock, trial: Trial): Promise<void> {
  await queue.ok("worker", "start", "--count=2");
  using view = new SqliteView(queue.home);
  await clock.step(1);
  await waitFor("a worker to see the clock step", () => seesHours(queue, 1));
  const before = (await view.workers()).map((worker) => worker.id).join();
  const count = Math.max(20, jobsPerSecond * trial.seconds);
  const deeds = Array.from({ length: count }, (_, index) => ({ id: `j${index}`, seconds: 0.2, failures: 0 }));
  const ledger = queue.path("ledger");
  const enqueued = await queue.call(["enqueue", "-"], { stdin: jobLines(deeds, ledger) });
  if (enqueued.code !== 0) throw new Error(enqueued.stderr);
  const watch = new LeaseWatch(view, trial);
  const glances = new Background(() => watch.glance(), () => 50);
  const steps = new Background(async () => {
    await clock.step(trial.random.pick([-1, 0, 1].filter((hours) => hours !== clock.offsetHours)));
    trial.broke("clock stepped by an hour or two");
  }, () => trial.random.between(300, 1500));
  try {
    await drain({
      queue,
      view,
      trial,
      patienceMs: 60_000 + trial.seconds * 10_000,
      look: () => steps.check(),
    });
  } finally {
    await Promise.allSettled([steps.stop(), glances.stop()]);
  }
  steps.check();
  glances.check();
  watch.survey();
  await judge({ view, ledger, acknowledged: deeds.map((deed) => deed.id) }, trial);
  const runs = (await view.everything()).runs.length;
  if (runs !== count) throw new Error(`${count} jobs took ${runs} runs\n${queue.log()}`);
  trial.checked("a job needs one run, whatever the clock says", count);
  const after = (await view.workers()).map((worker) => worker.id).join();
  if (after !== before) throw new Error(`the workers were ${before} and are ${after}\n${queue.log()}`);
  trial.checked("nobody is taken for dead because the clock stepped", 2);
}

/** Whether a worker's heartbeat is about that many hours ahead of the true clock: else nothing is tested here. */
async function seesHours(queue: TestQueue, hours: number): Promise<boolean> {
  const [worker] = await queue.json<WorkerShape[]>("worker", "list");
  const aheadMs = Date.parse(worker!.heartbeat_at) - Date.now();
  return Math.abs(aheadMs - hours * hourMs) < hourMs / 4;
}

function findLibrary(): string | undefined {
  const named = Deno.env.get("FAKETIME_LIBRARY");
  if (named) return named;
  if (Deno.build.os !== "linux") return undefined;
  const folders = [...Deno.readDirSync("/usr/lib")].filter((entry) => !entry.isFile).map((entry) =>
    entry.name
  );
  return ["", ...folders].map((folder) => `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}
