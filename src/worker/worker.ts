/**
 * A worker: claims jobs while it has free slots, runs them, renews its lease, adopts what dead workers held, and
 * stops gracefully. It waits on wake-ups, and looks by itself every poll interval.
 */

import { formatHost } from "../core/host.ts";
import { messageOf } from "../core/errors.ts";
import type { Log, Machine, WakeListener } from "../core/ports.ts";
import { isPlainJob } from "../core/plain_job.ts";
import { defaultQueueName, isMatch, webhooksQueue } from "../core/queue.ts";
import { isSameRun } from "../core/run.ts";
import type { Settings } from "../core/settings.ts";
import type { Telemetry } from "../core/telemetry.ts";
import { deliverySlots, isDelivery } from "../core/webhook_delivery.ts";
import {
  type Claimed,
  type ClaimResult,
  type HeldRun,
  isStricter,
  type StopMode,
  type Store,
} from "../store/store.ts";
import { Attempt, type AttemptResult } from "./attempt.ts";
import { Bell } from "../operations/bell.ts";
import { tryRefreshPids } from "../operations/refresh_pids.ts";
import type { WorkerContext } from "./context.ts";
import { expireSome } from "./expiry.ts";
import { HostGate } from "./host_gate.ts";
import { Heartbeat } from "./heartbeat.ts";
import { claimRequest, type Intake } from "./intake.ts";
import { passSomeOn } from "./passing.ts";
import { persist } from "./persist.ts";
import { Pruner } from "./pruner.ts";
import { Publisher } from "./publisher.ts";
import { reconsider } from "./reconsider.ts";
import { Recovery } from "./recovery.ts";
import { Slots } from "./slots.ts";
import { Trouble } from "./trouble.ts";

export interface WorkerOptions {
  readonly store: Store;
  readonly machine: Machine;
  readonly settings: Settings;
  readonly currentSettings: () => Settings;
  readonly log: Log;
  readonly telemetry?: Telemetry | null;
  readonly supervisorId: string | null;
  /** How many jobs run at once. */
  readonly concurrency: number;
  readonly version: string;
}

/** The home was removed or replaced: whoever works for it works for nobody. */
class HomeGone extends Error {
  constructor() {
    super("the home was removed or replaced");
  }
}

/** The longest pause after a run could not be started for a reason of this machine, in milliseconds. */
const longestPauseMs = 30_000;
/** How often a worker makes room among the statistics, in milliseconds. */
const foldEveryMs = 2 * 60_000;
const what = "looking for work";

export class Worker {
  readonly #context: WorkerContext;
  readonly #options: WorkerOptions;
  readonly #bell = new Bell();
  readonly #attempts = new Set<Attempt>();
  readonly #jobs: Intake;
  /** Of its own, so that neither jobs nor webhooks wait for the other. */
  readonly #deliveries: Intake = { queues: [webhooksQueue], slots: new Slots(deliverySlots) };
  readonly #recovery: Recovery;
  readonly #publisher: Publisher;
  readonly #pruner: Pruner;
  readonly #heartbeat: Heartbeat;
  readonly #hostGate: HostGate;
  #listener: WakeListener | null = null;
  readonly #startIdentity: string;
  #stop: StopMode | null = null;
  #pauseMs = 0;
  #pausedUntil = 0;
  #lookedAt = -Infinity;
  #foldedAt = -Infinity;

  static async create(options: WorkerOptions): Promise<Worker> {
    const host = await options.machine.host();
    const own = await options.machine.processes.identify(options.machine.pid);
    return new Worker(
      {
        store: options.store,
        machine: options.machine,
        host,
        log: logTo(options),
        logHere: options.log,
        telemetry: options.telemetry ?? null,
        trouble: new Trouble(options.log),
        settings: options.settings,
        currentSettings: options.currentSettings,
        workerId: newWorkerId(options.machine),
      },
      options,
      own?.start ?? "",
    );
  }

  private constructor(context: WorkerContext, options: WorkerOptions, startIdentity: string) {
    this.#context = context;
    this.#options = options;
    this.#startIdentity = startIdentity;
    this.#jobs = { queues: context.settings.queues, slots: new Slots(options.concurrency) };
    this.#heartbeat = new Heartbeat(context, {
      onOrder: (order) => this.stop(order),
      onLost: () => this.#comeBack(),
    });
    this.#hostGate = new HostGate(context);
    this.#pruner = new Pruner(context, () => this.#stop !== null);
    this.#publisher = new Publisher(context, () => [...this.#attempts].map(({ claimed }) => claimed));
    this.#recovery = new Recovery(context, {
      ownSilenceMs: () => this.#heartbeat.silenceMs,
      isInHand: (run) => [...this.#attempts].some(({ claimed }) => isSameRun(claimed.run, run)),
      adopt: (orphan) => this.#adopt(orphan),
    });
  }

  get id(): string {
    return this.#context.workerId;
  }

  /** Claims and adopts nothing more. Never lowered, and repeating it changes nothing. */
  stop(mode: StopMode): void {
    if (!isStricter(mode, this.#stop)) return;
    this.#stop = mode;
    this.#context.log(`stopping; ${this.#attempts.size} job(s) ${whatBecomes[mode]}`);
    for (const attempt of this.#attempts) this.#tellOfStop(attempt);
    this.#bell.ring();
  }

  #tellOfStop(attempt: Attempt): void {
    if (this.#stop === "detach") attempt.letGo();
    else if (this.#stop === "force") attempt.handBack();
  }

  /** Runs until it is stopped and its jobs are done. */
  async run(): Promise<void> {
    await this.#register();
    this.#listen();
    this.#heartbeat.start();
    await this.#listenToStore();
    try {
      while (this.#stop === null || this.#attempts.size > 0) await this.#turn();
    } finally {
      await this.#pruner.end();
      await this.#heartbeat.stop();
      this.#listener?.close();
      await this.#options.machine.processes.close();
      await this.#leave();
    }
  }

  async #leave(): Promise<void> {
    const { store, machine, log, workerId } = this.#context;
    if (!machine.isStoreInPlace()) return;
    await persist(this.#context.trouble, "leaving", () => store.removeWorker(workerId));
    await tryRefreshPids(store, machine, log);
    log("stopped");
  }

  async #turn(): Promise<void> {
    let waitMs = this.#context.settings.poll_interval;
    try {
      waitMs = Math.min(waitMs, await this.#work());
      this.#context.trouble.over(what);
    } catch (error) {
      if (error instanceof HomeGone) throw error;
      this.#context.trouble.met(what, error);
    }
    await this.#bell.wait(waitMs);
  }

  /** Does what there is to do now; returns after how many milliseconds to look again. */
  async #work(): Promise<number> {
    const { store, machine, settings } = this.#context;
    const now = machine.clock.monotonic();
    if (!machine.isStoreInPlace()) throw new HomeGone();
    if (now - this.#lookedAt >= settings.poll_interval / 2) {
      this.#lookedAt = now;
      if (this.#stop === null) {
        void this.#recovery.look();
        this.#pruner.look();
      }
      if (this.#attempts.size > 0) await this.#heedRequests();
    }
    if (now - this.#foldedAt >= foldEveryMs) {
      this.#foldedAt = now;
      await store.foldStatistics();
    }
    if (this.#mayClaim(now)) this.#listener?.markIdle();
    const probe = await store.probe(this.#context.workerId, settings.queues);
    if (probe.order === "unknown") await this.#heartbeat.renew();
    else if (probe.order !== null) this.stop(probe.order);
    const mayGoOn = probe.order === null && this.#stop === null;
    const nextExpiryMs = mayGoOn ? await expireSome(this.#context, probe) : Infinity;
    const mustLookAgain = probe.hasEnds && probe.order !== "unknown" && await passSomeOn(this.#context);
    if (mayGoOn && probe.ready && this.#mayClaim(now)) await this.#claim(this.#jobs);
    if (mayGoOn && probe.hasDeliveries && this.#mayClaim(now, this.#deliveries.slots.free)) {
      await this.#claim(this.#deliveries);
    }
    if (!this.#mayClaim(now)) {
      this.#listener?.markBusy();
      // The wake-up came to one who is busy by now; another one may be idle. Which of them takes it, who knows.
      if (probe.ready && this.#stop === null) machine.wake.wakeIdle(this.#takesOnlyPlain ? 1 : Infinity);
    }
    if (mustLookAgain) return 0;
    if (this.#pausedUntil > now) return Math.min(nextExpiryMs, this.#pausedUntil - now);
    return Math.min(
      nextExpiryMs,
      probe.nextDueAt === null || probe.ready ? settings.poll_interval : probe.nextDueAt - probe.now,
    );
  }

  /** Cancels what is to be cancelled, passes signals on, and publishes what is watched. */
  async #heedRequests(): Promise<void> {
    const requests = await this.#context.store.requests(this.#context.workerId);
    for (const { run, isCancelled, signals } of requests) {
      for (const attempt of this.#attempts) {
        if (!isSameRun(attempt.claimed.run, run)) continue;
        if (signals.length > 0) attempt.passOnSignals();
        if (isCancelled) attempt.cancel();
      }
    }
    if (requests.some((request) => request.isWatched)) this.#publisher.start(requests);
  }

  /** Whether it takes jobs that name no queue and demand nothing. */
  get #takesPlain(): boolean {
    return this.#context.settings.queues.some((pattern) => isMatch(pattern, defaultQueueName));
  }

  get #takesOnlyPlain(): boolean {
    const { queues, tags, resources } = this.#context.settings;
    return queues.join() === defaultQueueName && tags.length === 0 && Object.keys(resources).length === 0;
  }

  #mayClaim(now: number, freeSlots = this.#jobs.slots.free): boolean {
    return this.#stop === null && freeSlots > 0 && now >= this.#pausedUntil && this.#hostGate.isOpen(now);
  }

  async #claim(intake: Intake): Promise<void> {
    const { slots } = intake;
    let result: ClaimResult;
    try {
      const request = claimRequest(this.#context, intake, slots.promise(this));
      result = await this.#context.store.claim(request);
    } finally {
      slots.leave(this);
    }
    for (const each of result.claimed ?? []) this.#begin(each, intake);
  }

  #begin(claimed: Claimed, intake: Intake): void {
    const attempt = this.#newAttempt(claimed, intake);
    void this.#attend(attempt, intake, () => attempt.run());
  }

  #newAttempt(claimed: Claimed, intake: Intake): Attempt {
    const attempt: Attempt = new Attempt(this.#context, claimed, {
      renew: () => this.#heartbeat.renew(),
      // What may start in place of it, and in what else is free then.
      nextClaim: () => {
        const freeSlots = intake.slots.promise(attempt);
        return this.#mayClaim(this.#context.machine.clock.monotonic(), freeSlots)
          ? claimRequest(this.#context, intake, freeSlots)
          : null;
      },
    });
    return attempt;
  }

  /** Adopted runs hold no slot of their own, but lower the free ones, so that a busy worker adopts too. */
  #adopt({ job, run }: HeldRun): void {
    const intake = isDelivery(job) ? this.#deliveries : this.#jobs;
    const attempt = this.#newAttempt({ job, run, mark: run.mark }, intake);
    void this.#attend(attempt, intake, () => attempt.adopt(run));
  }

  async #attend(attempt: Attempt, intake: Intake, see: () => Promise<AttemptResult>): Promise<void> {
    const { slots } = intake;
    this.#attempts.add(attempt);
    slots.hold(attempt, attempt.claimed.job.slots);
    this.#tellOfStop(attempt);
    try {
      this.#pause(await see() === "trouble");
    } catch (error) {
      this.#context.log(`job ${attempt.claimed.job.id}: ${messageOf(error)}`);
      this.#pause(true);
    }
    this.#attempts.delete(attempt);
    slots.leave(attempt);
    // What it leaves room for may be for others: another one of its key, or who takes the same resource.
    if (!isPlainJob(attempt.claimed.job)) this.#context.machine.wake.wakeIdle(Infinity);
    for (const each of attempt.next) this.#begin(each, intake);
    if (slots.free > 0) this.#bell.ring();
  }

  /** Waits longer from trouble to trouble before it claims again. */
  #pause(isTrouble: boolean): void {
    this.#pauseMs = isTrouble ? Math.min(Math.max(2 * this.#pauseMs, 1000), longestPauseMs) : 0;
    if (isTrouble) this.#pausedUntil = this.#context.machine.clock.monotonic() + this.#pauseMs;
  }

  async #register(): Promise<void> {
    const { store, machine, host, settings, workerId, log } = this.#context;
    const worker = {
      id: workerId,
      pid: machine.pid,
      startIdentity: this.#startIdentity,
      hostName: host.name,
      host: formatHost(host),
      supervisorId: this.#options.supervisorId,
      concurrency: this.#options.concurrency,
      tags: settings.tags,
      queues: settings.queues,
      resources: settings.resources,
      leaseMs: settings.lease,
      version: this.#options.version,
    };
    await persist(this.#context.trouble, "registering", () => store.registerWorker(worker));
    void tryRefreshPids(store, machine, log);
  }

  #listen(): void {
    const { machine, workerId, log } = this.#context;
    this.#listener?.close();
    this.#listener = machine.wake.listen(workerId, { isSpecialist: !this.#takesPlain });
    if (this.#listener === null) {
      log("no file watcher is to be had: looking for work every poll_interval instead");
    }
    this.#listener?.onWake(() => this.#wakeUp());
  }

  /** Wake-ups from other hosts. Without them it looks every poll interval. */
  async #listenToStore(): Promise<void> {
    const { store, log } = this.#context;
    try {
      await store.onWake(() => this.#wakeUp());
    } catch (error) {
      log(`no wake-ups from other hosts: ${messageOf(error)}`);
    }
  }

  #wakeUp(): void {
    this.#lookedAt = -Infinity;
    this.#bell.ring();
  }

  /** The registration was taken away: registers anew, then sees what became of each run. */
  async #comeBack(): Promise<void> {
    const { machine, log } = this.#context;
    const before = this.#context.workerId;
    this.#recovery.distrust();
    this.#context.workerId = newWorkerId(machine);
    await this.#register();
    this.#listen();
    log(`was taken for dead as ${before}; back as ${this.#context.workerId}`);
    await this.#obeyMissedOrder();
    for (const attempt of this.#attempts) await reconsider(this.#context, attempt);
  }

  /** An order to stop that came meanwhile went with the old registration; its supervisor has it too. */
  async #obeyMissedOrder(): Promise<void> {
    const { store } = this.#context;
    const supervisors = await persist(this.#context.trouble, "looking for orders", () => store.supervisors());
    const own = supervisors.find((supervisor) => supervisor.id === this.#options.supervisorId);
    if (own?.stop != null) this.stop(own.stop);
  }
}

/** What becomes of the jobs of a worker that is told to stop. */
const whatBecomes: Readonly<Record<StopMode, string>> = {
  drain: "to finish",
  detach: "to let go of",
  force: "to hand back",
};

/** The log, and where somebody collects them, there too. */
function logTo({ log, telemetry }: Pick<WorkerOptions, "log" | "telemetry">): Log {
  if (telemetry == null) return log;
  return (line) => {
    log(line);
    telemetry.log(line);
  };
}

function newWorkerId(machine: Machine): string {
  return `w${machine.chance.token(7)}`;
}
