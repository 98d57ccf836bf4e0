/**
 * Takes over what dead workers held. On the same host the proof is the process; on another one it is a heartbeat
 * that has not moved for the lease and a margin while this worker watched and could itself write.
 */

import { parseHost, relateHosts } from "../core/host.ts";
import { HeartbeatWatch, leaseMarginMs } from "../core/lease.ts";
import type { Run } from "../core/run.ts";
import type { HeldRun, WorkerRow } from "../store/store.ts";
import type { WorkerContext } from "./context.ts";

/** For how long a run that this worker holds may be in nobody's hands, in milliseconds. */
const strayAfterMs = 2_000;
const what = "looking for dead workers";

export interface RecoveryOptions {
  /** For how long this worker could not write itself, in milliseconds. */
  readonly ownSilenceMs: () => number;
  /** Whether a run is in this worker's hands, so that it is for its attempt to take it back. */
  readonly isInHand: (run: Run) => boolean;
  /** Told of each run that is this worker's from now on. */
  readonly adopt: (orphan: HeldRun) => void;
}

export class Recovery {
  readonly #context: WorkerContext;
  readonly #watch: HeartbeatWatch;
  readonly #options: RecoveryOptions;
  /** Hosts whose workers were seen to be silent for too long, one by one. */
  readonly #silentHosts = new Set<string>();
  /** Runs that are ours in the store and in nobody's hands, and since when. */
  readonly #strays = new Map<string, number>();
  #looking: Promise<void> | undefined;

  constructor(context: WorkerContext, options: RecoveryOptions) {
    this.#context = context;
    this.#options = options;
    this.#watch = new HeartbeatWatch(
      Math.max(context.settings.lease / 2, 3 * context.settings.poll_interval),
    );
  }

  /** Looks once for dead workers and orphaned runs; a look that is under way is joined. */
  look(): Promise<void> {
    const { trouble } = this.#context;
    this.#looking ??= this.#look()
      .then(() => trouble.over(what), (error) => trouble.met(what, error))
      .finally(() => this.#looking = undefined);
    return this.#looking;
  }

  /** This worker could not write, so what it saw of others proves nothing. */
  distrust(): void {
    this.#watch.reset();
    this.#silentHosts.clear();
  }

  async #look(): Promise<void> {
    const { store, machine, workerId } = this.#context;
    const now = machine.clock.monotonic();
    // Who cannot write itself for a while may be looking at a store that lets nobody write.
    if (this.#options.ownSilenceMs() > this.#context.settings.lease / 2) this.distrust();
    const remaining: WorkerRow[] = [];
    for (const worker of await store.workers()) {
      const isGone = worker.id !== workerId && await this.#isDead(worker, now) && await this.#expire(worker);
      if (!isGone) remaining.push(worker);
    }
    await this.#forgetDeadSupervisors();
    const orphans = await store.orphans(workerId);
    for (const orphan of orphans) {
      if (this.#options.isInHand(orphan.run)) continue;
      const isOurs = orphan.holder?.id === workerId;
      if (isOurs ? this.#isStray(orphan.run, now) : this.#mayTakeOver(orphan.run, remaining, now)) {
        await this.#takeOver(orphan);
      }
    }
    if (!orphans.some((orphan) => orphan.holder !== null)) this.#strays.clear();
    this.#watch.forgetBefore(now);
  }

  /**
   * Whether nobody ever heard of a run that this worker has claimed: the store carried the claim out, and the answer
   * was lost on its way. One that is just being begun is given time.
   */
  #isStray(run: Run, now: number): boolean {
    const name = `${run.jobSeq} ${run.number} ${run.token}`;
    const since = this.#strays.get(name) ?? now;
    this.#strays.set(name, since);
    return now - since >= strayAfterMs;
  }

  async #forgetDeadSupervisors(): Promise<void> {
    const { store, machine, host } = this.#context;
    for (const supervisor of await store.supervisors()) {
      const relation = relateHosts(host, parseHost(supervisor.host));
      const isGone = relation === "rebooted" ||
        (relation === "same" && !machine.processes.exists(supervisor.pid));
      if (isGone) await store.removeSupervisor(supervisor.id);
    }
  }

  async #isDead(worker: WorkerRow, now: number): Promise<boolean> {
    const silenceMs = this.#watch.silenceMs(`worker ${worker.id}`, String(worker.beat), now);
    const { processes } = this.#context.machine;
    switch (relateHosts(this.#context.host, parseHost(worker.host))) {
      case "rebooted":
        return true;
      case "other":
        return silenceMs >= worker.leaseMs + leaseMarginMs(worker.leaseMs);
      case "same":
        if (!processes.exists(worker.pid)) return true;
        // The pid may be another program's by now, or a zombie's. Asking costs a shell, so only the silent are asked.
        if (silenceMs < worker.leaseMs / 2) return false;
        return silenceMs >= worker.leaseMs ||
          (await processes.identify(worker.pid))?.start !== worker.startIdentity;
    }
  }

  async #expire(worker: WorkerRow): Promise<boolean> {
    if (!await this.#context.store.expireWorker(worker.id, worker.beat)) return false;
    this.#silentHosts.add(worker.host);
    this.#context.machine.wake.forget(worker.id);
    const held = worker.jobs.length === 0 ? "nothing" : worker.jobs.join(", ");
    this.#context.log(
      `worker ${worker.id} (pid ${worker.pid} on ${worker.hostName}) is gone; it held ${held}`,
    );
    return true;
  }

  /** Whether a run is ours to take over, and not one of its own host's workers'. */
  #mayTakeOver(run: Run, workers: readonly WorkerRow[], now: number): boolean {
    const { host } = run;
    if (relateHosts(this.#context.host, parseHost(host)) !== "other") return true;
    if (workers.some((worker) => worker.host === host)) {
      this.#silentHosts.delete(host);
      return false;
    }
    const detached = `detached ${run.jobSeq} ${run.number}`;
    if (run.detachedMs !== null && this.#watch.silenceMs(detached, String(run.token), now) < run.detachedMs) {
      return false;
    }
    if (this.#silentHosts.has(host)) return true;
    // Somebody else saw its last worker go; a new one may be about to come up there.
    const leaseMs = this.#context.settings.lease;
    return this.#watch.silenceMs(`host ${host}`, "nobody", now) >= leaseMs + leaseMarginMs(leaseMs);
  }

  async #takeOver(orphan: HeldRun): Promise<void> {
    const { store, log, workerId } = this.#context;
    const taken = await store.takeOver(orphan.run, workerId);
    if (taken === null) return;
    log(`job ${orphan.job.id}: run ${taken.number} of ${orphan.run.workerId} is taken over`);
    this.#options.adopt({ ...orphan, run: { ...orphan.run, token: taken.token } });
  }
}
