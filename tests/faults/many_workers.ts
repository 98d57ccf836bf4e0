/** Many workers on one file: each job is done once. */

import { TestQueue } from "../support/program.ts";
import { Background } from "./background.ts";
import { drain } from "./drain.ts";
import { judge } from "./judge.ts";
import { LeaseWatch } from "./lease_watch.ts";
import { jobLines } from "./ledger.ts";
import type { Scenario } from "./scenario.ts";
import { SqliteView } from "./sqlite_view.ts";

const sizes = { short: { workers: 8, jobs: 100 }, long: { workers: 32, jobs: 2000 } };

export const manyWorkers: Scenario = {
  name: "many_workers",
  summary: "many workers on one file do each job once",
  async run(trial) {
    const { workers, jobs } = sizes[trial.size];
    await using queue = await TestQueue.create();
    const ledger = queue.path("ledger");
    const deeds = Array.from({ length: jobs }, (_, index) => ({ id: `j${index}`, seconds: 0, failures: 0 }));
    await queue.ok("worker", "start", `--count=${workers}`);
    using view = new SqliteView(queue.home);
    const before = (await view.workers()).map((worker) => worker.id).join();
    const watch = new LeaseWatch(view, trial);
    const glances = new Background(() => watch.glance(), () => 30);
    try {
      const enqueued = await queue.call(["enqueue", "-"], { stdin: jobLines(deeds, ledger) });
      if (enqueued.code !== 0) throw new Error(enqueued.stderr);
      await drain({ queue, view, trial, patienceMs: 60_000 + 50 * jobs, look: () => glances.check() });
    } finally {
      await glances.stop();
    }
    await watch.survey();
    await judge({ view, ledger, acknowledged: deeds.map((deed) => deed.id) }, trial);
    const runs = (await view.everything()).runs.length;
    if (runs !== jobs) throw new Error(`${jobs} jobs took ${runs} runs, though nothing was broken`);
    trial.checked("a job needs one run where nothing is broken", jobs);
    const after = (await view.workers()).map((worker) => worker.id).join();
    if (after !== before) throw new Error(`the workers were ${before} and are ${after}`);
    trial.checked("nobody is taken for dead however busy the machine is", workers);
  },
};
