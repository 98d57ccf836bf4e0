/**
 * A worker is stopped for longer than its lease while it runs a job, and continued before or after that job has
 * ended in another worker's hands. What it brings late changes nothing.
 */

import { TestQueue, waitFor } from "../support/program.ts";
import { Crew, quickLeases } from "./crew.ts";
import { judge } from "./judge.ts";
import { LeaseWatch } from "./lease_watch.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { SqliteView } from "./sqlite_view.ts";
import type { JobRow, StoreView } from "./store_view.ts";

const patienceMs = 30_000;

export const pausedWorkers: Scenario = {
  name: "paused_workers",
  summary: "a worker stopped for longer than its lease brings its result late, and that changes nothing",
  goesByTime: true,
  async run(trial) {
    const until = performance.now() + trial.seconds * 1000;
    await using queue = await TestQueue.create(undefined, { ...quickLeases, QUEUECTL_LEASE: "1500ms" });
    await queue.ok("worker", "start", "--count=2");
    using view = new SqliteView(queue.home);
    const pauses = new Pauses(queue, view, trial);
    do await pauses.round(); while (performance.now() < until);
    await pauses.finish();
  },
};

class Pauses {
  readonly #queue: TestQueue;
  readonly #view: StoreView;
  readonly #trial: Trial;
  readonly #crew: Crew;
  readonly #watch: LeaseWatch;
  readonly #ids: string[] = [];

  constructor(queue: TestQueue, view: StoreView, trial: Trial) {
    this.#queue = queue;
    this.#view = view;
    this.#trial = trial;
    this.#crew = new Crew(queue, view, 2);
    this.#watch = new LeaseWatch(view, trial);
  }

  async round(): Promise<void> {
    const id = `j${this.#ids.length}`;
    this.#ids.push(id);
    await this.#queue.ok("enqueue", "--id", id, "--", this.#waitingCommand(id));
    const taken = await this.#when(
      `${id} to be in a worker's hands`,
      id,
      (job) => job.state === "processing",
    );
    await waitFor(`${id} to begin`, () => this.#has(`${id}.begun`));
    const holder = (await this.#crew.workers()).find((worker) => worker.id === taken.workerId)!;
    await this.#crew.signal(holder.pid, "STOP");
    this.#trial.broke("worker stopped for longer than its lease");
    await this.#when(`${id} to be taken over`, id, (job) => job.token > taken.token);
    const endsFirst = this.#trial.random.fraction() < 0.5;
    if (endsFirst) await this.#end(id);
    this.#trial.broke(endsFirst ? "continued after its job had ended" : "continued while its job still ran");
    await this.#crew.signal(holder.pid, "CONT");
    await waitFor("the worker to come back under another name", async () => {
      await this.#watch.glance();
      return (await this.#crew.workers()).some((worker) =>
        worker.pid === holder.pid && worker.id !== holder.id
      );
    }, patienceMs);
    if (!endsFirst) await this.#end(id);
    await this.#watch.survey();
  }

  async finish(): Promise<void> {
    await judge(
      { view: this.#view, ledger: this.#queue.path("ledger"), acknowledged: this.#ids },
      this.#trial,
    );
  }

  /** Says in the ledger when it starts and ends, as deeds do, and ends when it is told to. */
  #waitingCommand(id: string): string {
    const ledger = this.#queue.path("ledger");
    const say = (what: string) => `printf '${what}\\n' "$QUEUECTL_JOB_ID" "$QUEUECTL_ATTEMPT" >>'${ledger}'`;
    return `${say("start %s %s")}; : >'${this.#queue.path(`${id}.begun`)}'; ` +
      `while [ ! -e '${this.#queue.path(`${id}.go`)}' ]; do sleep 0.05; done; ${say("end %s %s 0")}`;
  }

  async #end(id: string): Promise<void> {
    await Deno.writeTextFile(this.#queue.path(`${id}.go`), "");
    await this.#when(`${id} to be completed`, id, (job) => job.state === "completed");
    await this.#watch.survey();
  }

  async #has(name: string): Promise<boolean> {
    return await Deno.stat(this.#queue.path(name)).then(() => true, () => false);
  }

  async #when(what: string, id: string, condition: (job: JobRow) => boolean): Promise<JobRow> {
    let found: JobRow | undefined;
    try {
      await waitFor(what, async () => {
        await this.#watch.glance();
        found = (await this.#view.everything()).jobs.find((job) => job.id === id);
        return found !== undefined && condition(found);
      }, patienceMs);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.#queue.log()}`);
    }
    return found!;
  }
}
