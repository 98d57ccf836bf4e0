/**
 * Two hosts on one PostgreSQL server: processes, connections, hosts, their network and the server are broken all
 * the while that jobs come in and are done. Each job has its runs as the promise says; only what ran on a host that
 * all others had lost may have run while the job ran again.
 */

import { TestQueue } from "../support/program.ts";
import { OwnServer } from "../support/own_server.ts";
import { Background, pause } from "./background.ts";
import { Canceller } from "./canceller.ts";
import { drain } from "./drain.ts";
import { judge, type Loss } from "./judge.ts";
import { LeaseWatch } from "./lease_watch.ts";
import { LimitChanger, limitSettings, placed } from "./limited_queues.ts";
import { chooseTimedDeed, jobLines } from "./ledger.ts";
import { PostgresView } from "./postgres_view.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { SimulatedHost } from "./simulated_host.ts";

const leaseMs = 3000;
/** Others take a host for lost after its lease and half of it. */
const lostAfterMs = 1.5 * leaseMs;
const settings = {
  QUEUECTL_LEASE: `${leaseMs}ms`,
  QUEUECTL_HEARTBEAT: "600ms",
  QUEUECTL_POLL_INTERVAL: "200ms",
  QUEUECTL_BACKOFF_BASE: "0.2",
  ...limitSettings,
};
const workerCount = 3;
const batchSize = 100;
const patienceMs = 120_000;
/** What was sent before a host was lost may still be carried out a little later. */
const underwayMs = 1000;

export const postgresStorm: Scenario = {
  name: "postgres_storm",
  summary:
    "two hosts on PostgreSQL: processes, hosts, their network and the server broken while jobs are done",
  goesByTime: true,
  async run(trial) {
    await using server = await OwnServer.start();
    if (server === null) return trial.say("PostgreSQL's programs are not on this machine");
    const hosts: SimulatedHost[] = [];
    try {
      for (const name of ["one", "two"]) {
        const host = await SimulatedHost.start({ name, server, settings, workerCount });
        if (host === null) return trial.say("namespaces cannot be made here (it takes root)");
        hosts.push(host);
      }
      trial.say(hosts[0]!.hasNetwork ? "hosts have a network of their own" : "hosts are cut off by a proxy");
      await using queue = await TestQueue.create(undefined, { ...settings, QUEUECTL_STORE: server.url });
      await queue.ok("enqueue", "--id", "first", "--", jobOfNothing(queue));
      await using view = new PostgresView(server.url, null);
      await new PostgresStorm({ server, hosts, queue, view }, trial).run();
    } finally {
      for (const host of hosts) await host[Symbol.asyncDispose]();
    }
  },
};

function jobOfNothing(queue: TestQueue): string {
  return JSON.parse(jobLines([{ id: "first", seconds: 0, failures: 0 }], queue.path("ledger"))).command;
}

interface Parts {
  readonly server: OwnServer;
  readonly hosts: readonly SimulatedHost[];
  readonly queue: TestQueue;
  readonly view: PostgresView;
}

class PostgresStorm {
  readonly #parts: Parts;
  readonly #trial: Trial;
  readonly #canceller: Canceller;
  readonly #limits: LimitChanger;
  readonly #acknowledged: string[] = ["first"];
  readonly #losses: Loss[] = [];

  constructor(parts: Parts, trial: Trial) {
    this.#parts = parts;
    this.#trial = trial;
    this.#canceller = new Canceller(parts.queue, parts.view, trial);
    this.#limits = new LimitChanger(parts.queue, trial);
  }

  async run(): Promise<void> {
    const { hosts, view } = this.#parts;
    const { random } = this.#trial;
    const watch = new LeaseWatch(view, this.#trial);
    await this.#limits.begin();
    const all = [
      new Background(() => watch.glance(), () => 50),
      new Background(() => watch.survey(), () => 3000),
      new Background(() => this.#enqueue(), () => 200),
      new Background(() => this.#canceller.cancelOne(this.#acknowledged), () => random.between(100, 500)),
      ...hosts.map((host) => new Background(() => host.refill(), () => 500)),
    ];
    const breakage = new Background(() => this.#breakSomething(), () => random.between(200, 900));
    const losses = new Background(() => this.#loseHost(), () => random.between(1000, 4000));
    const changes = new Background(() => this.#limits.changeSomething(), () => random.between(500, 2000));
    const until = performance.now() + this.#trial.seconds * 1000;
    try {
      while (performance.now() < until || !this.#hasLostBoth()) {
        [...all, breakage, losses, changes].forEach((each) => each.check());
        await pause(100);
      }
      await losses.stop();
      await breakage.stop();
      await all[2]!.stop();
      await changes.stop();
      await this.#limits.end();
      await drain({
        ...this.#parts,
        trial: this.#trial,
        patienceMs,
        look: () => all.forEach((each) => each.check()),
      });
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${hosts.map(logOf).join("\n")}`);
    } finally {
      await Promise.allSettled([...all, breakage, losses, changes].map((each) => each.stop()));
    }
    for (const each of all) each.check();
    await watch.survey();
    this.#trial.broke("run that went on in another worker's hands", watch.changesOfHands);
    this.#countLate();
    const ledger = this.#parts.queue.path("ledger");
    const [acknowledged, { cancels }] = [this.#acknowledged, this.#canceller];
    await judge(
      { view, ledger, acknowledged, cancels, losses: this.#losses, limits: this.#limits.rules },
      this.#trial,
    );
  }

  #hasLostBoth(): boolean {
    return this.#losses.some((loss) => loss.to === Infinity) &&
      this.#losses.some((loss) => loss.to !== Infinity);
  }

  /** As many as are not too many. */
  async #enqueue(): Promise<void> {
    const { queue, view } = this.#parts;
    if (await view.unfinished() > batchSize) return;
    const from = this.#acknowledged.length;
    const deeds = Array.from(
      { length: batchSize },
      (_, index) => placed(chooseTimedDeed(`j${from + index}`, this.#trial.random), this.#trial.random),
    );
    const stdin = jobLines(deeds, queue.path("ledger"));
    for (;;) {
      const { code, stderr } = await queue.call(["enqueue", "-"], { stdin });
      // Refused as twins: the server went away after it had stored them, before it could say so.
      if (code === 0 || (code === 3 && stderr.includes("already"))) break;
      if (code !== 4) throw new Error(`enqueue: exit ${code}\n${stderr}`);
      this.#trial.checked("what cannot be stored is refused with exit code 4");
    }
    this.#acknowledged.push(...deeds.map((deed) => deed.id));
  }

  async #breakSomething(): Promise<void> {
    const { random } = this.#trial;
    const host = random.pick(this.#parts.hosts);
    const dice = random.fraction();
    if (dice < 0.03) await this.#restartServer();
    else if (dice < 0.13) this.#breakConnections(host);
    else if (dice < 0.18) await this.#slowDown(host);
    else if (host.isUp) await this.#killProcess(host, dice < 0.35 ? "supervisor" : "worker");
  }

  async #killProcess(host: SimulatedHost, what: "supervisor" | "worker"): Promise<void> {
    const found = await (what === "supervisor" ? host.crew.supervisors() : host.crew.workers());
    if (found.length === 0 || !host.isUp) return;
    if (await host.crew.signal(this.#trial.random.pick(found).pid, "KILL")) {
      this.#trial.broke(`${what} killed`);
    }
  }

  #breakConnections(host: SimulatedHost): void {
    const isReset = this.#trial.random.fraction() < 0.5;
    if (isReset) host.proxy.reset();
    else host.proxy.cut();
    this.#trial.broke(isReset ? "connections of a host reset" : "connections of a host closed");
  }

  async #slowDown(host: SimulatedHost): Promise<void> {
    host.proxy.delayMs = this.#trial.random.between(20, 200);
    this.#trial.broke("network of a host made slow");
    await pause(1000);
    host.proxy.delayMs = 0;
  }

  async #restartServer(): Promise<void> {
    const mode = this.#trial.random.fraction() < 0.5 ? "fast" : "immediate";
    await this.#parts.server.restart(mode);
    this.#trial.broke(`server restarted (${mode})`);
  }

  /** One at a time, and the other kind next, so that somebody is left to go on with the jobs. */
  async #loseHost(): Promise<void> {
    const { random } = this.#trial;
    const host = random.pick(this.#parts.hosts);
    const forMs = random.between(Math.round(1.3 * lostAfterMs), 2 * lostAfterMs);
    const [hostName, from] = [host.name, Date.now()];
    if (this.#losses.at(-1)?.to === Infinity) {
      await host.cutOff();
      await pause(forMs);
      await host.join();
      // Until it is heard of again, others may take it for lost.
      this.#losses.push({ hostName, from, to: Date.now() + lostAfterMs });
      this.#trial.broke("host cut off for longer than its lease");
    } else {
      await host.vanish();
      this.#losses.push({ hostName, from, to: Infinity });
      await pause(forMs);
      await host.boot();
      this.#trial.broke("host killed, all of it");
    }
    // Each loss is got over before the next.
    await pause(random.between(1000, 3000) + underwayMs);
  }

  #countLate(): void {
    const late = this.#parts.hosts.map(logOf).join("\n").matchAll(/its result is late|ended late/g);
    this.#trial.broke("late result or survivor of a host that was taken for lost", [...late].length);
  }
}

function logOf(host: SimulatedHost): string {
  return host.queue.log();
}
