/**
 * Workers and supervisors are killed, and stopped for longer than their lease, all the while that jobs come in, are
 * done, take too long and are cancelled. Afterwards every job has had its runs, each once, and all tell the same story.
 */

import { TestQueue } from "../support/program.ts";
import { Background, pause } from "./background.ts";
import { Canceller } from "./canceller.ts";
import { Crew, quickLeaseMs, quickLeases } from "./crew.ts";
import { drain } from "./drain.ts";
import { judge } from "./judge.ts";
import { LeaseWatch } from "./lease_watch.ts";
import { LimitChanger, limitSettings, placed } from "./limited_queues.ts";
import { chooseTimedDeed, commandOf, jobLines } from "./ledger.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { SqliteView } from "./sqlite_view.ts";
import type { StoreView } from "./store_view.ts";

const workerCount = 8;
const jobCounts = { short: 500, long: 10_000 };
const batchSize = 100;
/** How long it may take until everything is done, in milliseconds a job and at least. */
const patience = { perJobMs: 150, leastMs: 90_000 };

export const storm: Scenario = {
  name: "storm",
  summary:
    "workers and supervisors killed and stopped at random while jobs are done, time out and are cancelled",
  async run(trial) {
    await using queue = await TestQueue.create(undefined, { ...quickLeases, ...limitSettings });
    const first = commandOf({ id: "first", seconds: 0, failures: 0 }, queue.path("ledger"));
    await queue.ok("enqueue", "--id", "first", "--", first);
    using view = new SqliteView(queue.home);
    await new Storm(queue, view, trial).run();
  },
};

class Storm {
  readonly #queue: TestQueue;
  readonly #view: StoreView;
  readonly #trial: Trial;
  readonly #crew: Crew;
  readonly #ledger: string;
  readonly #canceller: Canceller;
  readonly #limits: LimitChanger;
  readonly #acknowledged: string[] = ["first"];
  readonly #sleeping = new Map<number, Promise<void>>();

  constructor(queue: TestQueue, view: StoreView, trial: Trial) {
    this.#queue = queue;
    this.#view = view;
    this.#trial = trial;
    this.#canceller = new Canceller(queue, view, trial);
    this.#limits = new LimitChanger(queue, trial);
    this.#crew = new Crew(queue, view, workerCount, { slots: 2 });
    this.#ledger = queue.path("ledger");
  }

  async run(): Promise<void> {
    await this.#limits.begin();
    await this.#crew.refill();
    const watch = new LeaseWatch(this.#view, this.#trial);
    const glances = new Background(() => watch.glance(), () => 30);
    const surveys = new Background(() => watch.survey(), () => 2000);
    const refills = new Background(() => this.#crew.refill(), () => 500);
    const breakage = new Background(() => this.#breakSomething(), () => this.#trial.random.between(100, 500));
    const cancels = new Background(
      () => this.#canceller.cancelOne(this.#acknowledged),
      () => this.#trial.random.between(100, 500),
    );
    const changes = new Background(
      () => this.#limits.changeSomething(),
      () => this.#trial.random.between(500, 2000),
    );
    const all = [glances, surveys, refills, breakage, cancels];
    try {
      await this.#enqueueAll();
      await this.#drain(jobCounts[this.#trial.size] / 4, [...all, changes]);
      await changes.stop();
      await this.#limits.end();
      await this.#drain(workerCount, all);
      await breakage.stop();
      await Promise.all(this.#sleeping.values());
      await this.#drain(0, all);
    } finally {
      await Promise.allSettled([...all, changes].map((each) => each.stop()));
    }
    for (const each of all) each.check();
    await watch.survey();
    this.#trial.broke("run that went on in another worker's hands", watch.changesOfHands);
    await this.#judge();
  }

  async #judge(): Promise<void> {
    const acknowledged = this.#acknowledged;
    const { cancels } = this.#canceller;
    await judge(
      { view: this.#view, ledger: this.#ledger, acknowledged, cancels, limits: this.#limits.rules },
      this.#trial,
    );
  }

  async #enqueueAll(): Promise<void> {
    const count = jobCounts[this.#trial.size];
    const deeds = Array.from(
      { length: count },
      (_, index) => placed(chooseTimedDeed(`j${index}`, this.#trial.random), this.#trial.random),
    );
    for (let from = 0; from < count; from += batchSize) {
      const batch = deeds.slice(from, from + batchSize);
      const { code, stderr } = await this.#queue.call(["enqueue", "-"], {
        stdin: jobLines(batch, this.#ledger),
      });
      if (code !== 0) throw new Error(`enqueue: exit ${code}\n${stderr}`);
      this.#acknowledged.push(...batch.map((deed) => deed.id));
    }
  }

  async #drain(left: number, backgrounds: readonly Background[]): Promise<void> {
    await drain({
      queue: this.#queue,
      view: this.#view,
      trial: this.#trial,
      patienceMs: Math.max(patience.leastMs, patience.perJobMs * jobCounts[this.#trial.size]),
      left,
      look: () => backgrounds.forEach((each) => each.check()),
    });
  }

  async #breakSomething(): Promise<void> {
    const { random } = this.#trial;
    const awake = (await this.#crew.workers()).filter((worker) => !this.#sleeping.has(worker.pid));
    const supervisors = await this.#crew.supervisors();
    const dice = random.fraction();
    if (dice < 0.2 && supervisors.length > 0) {
      await this.#kill(random.pick(supervisors).pid, "supervisor");
    } else if (dice < 0.35 && awake.length > 0 && this.#sleeping.size < 2) {
      await this.#putToSleep(random.pick(awake).pid);
    } else if (awake.length > 0) {
      await this.#kill(random.pick(awake).pid, "worker");
    }
  }

  async #kill(pid: number, what: string): Promise<void> {
    if (await this.#crew.signal(pid, "KILL")) this.#trial.broke(`${what} killed`);
  }

  async #putToSleep(pid: number): Promise<void> {
    if (!await this.#crew.signal(pid, "STOP")) return;
    this.#trial.broke("worker stopped for longer than its lease");
    const forMs = this.#trial.random.between(Math.round(1.2 * quickLeaseMs), 2 * quickLeaseMs);
    const wakesUp = pause(forMs).then(async () => {
      await this.#crew.signal(pid, "CONT");
      this.#sleeping.delete(pid);
    });
    this.#sleeping.set(pid, wakesUp);
  }
}
