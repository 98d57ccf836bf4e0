/**
 * Takes back what dead workers held. On the same host the proof is the process; on another one it is a heartbeat
 * that has not moved for the lease and a margin while this worker watched and could itself write. A run starts again
 * only after its old tree is proven gone.
 */

import { formatHost, parseHost, relateHosts } from "../core/host.ts";
import { HeartbeatWatch, leaseMarginMs } from "../core/lease.ts";
import { messageOf } from "../core/errors.ts";
import type { Intent, RunRef } from "../core/run.ts";
import { backoffRule } from "../core/settings.ts";
import type { HeldRun, WorkerRow } from "../store/store.ts";
import { sleep, type WorkerContext } from "./context.ts";
import { endingOf } from "./ending.ts";
import { endTree } from "./end_tree.ts";
import { collectOutput } from "./output.ts";
import { persist } from "./persist.ts";

/** The grace between TERM and KILL for the tree of a run whose worker is gone, in milliseconds. */
const orphanGraceMs = 2_000;
/** How long to wait before a recovery that failed is tried again, in milliseconds. */
const recoveryRetryMs = 1_000;

export class Recovery {
  readonly #context: WorkerContext;
  readonly #watch: HeartbeatWatch;
  readonly #ownSilenceMs: () => number;
  readonly #underway = new Set<Promise<void>>();
  /** Hosts whose workers were seen to be silent for too long, one by one. */
  readonly #silentHosts = new Set<string>();
  #looking: Promise<void> | undefined;
  #abandoned = false;

  /** `ownSilenceMs`: for how long this worker could not write itself. */
  constructor(context: WorkerContext, ownSilenceMs: () => number) {
    this.#context = context;
    this.#ownSilenceMs = ownSilenceMs;
    this.#watch = new HeartbeatWatch(
      Math.max(context.settings.lease / 2, 3 * context.settings.poll_interval),
    );
  }

  /** Looks once for dead workers and orphaned runs; a look that is under way is joined. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error) => this.#context.log(`looking for dead workers: ${messageOf(error)}`))
      .finally(() => this.#looking = undefined);
    return this.#looking;
  }

  /** This worker could not write, so what it saw of others proves nothing. */
  distrust(): void {
    this.#watch.reset();
    this.#silentHosts.clear();
  }

  /** Leaves unfinished recoveries to the next worker, and waits for those that are settling. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    await Promise.all(this.#underway);
  }

  async #look(): Promise<void> {
    const { store, machine, workerId } = this.#context;
    const now = machine.clock.monotonic();
    // Who cannot write itself for a while may be looking at a store that lets nobody write.
    if (this.#ownSilenceMs() > this.#context.settings.lease / 2) this.distrust();
    const remaining: WorkerRow[] = [];
    for (const worker of await store.workers()) {
      const isGone = worker.id !== workerId && await this.#isDead(worker, now) && await this.#expire(worker);
      if (!isGone) remaining.push(worker);
    }
    await this.#forgetDeadSupervisors();
    for (const orphan of await store.orphans()) {
      if (this.#mayRecover(orphan.run.host, remaining, now)) await this.#takeOver(orphan);
    }
    this.#watch.forgetBefore(now);
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

  /** Whether a run of that host is ours to recover, and not one of its own workers'. */
  #mayRecover(host: string, workers: readonly WorkerRow[], now: number): boolean {
    if (relateHosts(this.#context.host, parseHost(host)) !== "other") return true;
    if (workers.some((worker) => worker.host === host)) {
      this.#silentHosts.delete(host);
      return false;
    }
    if (this.#silentHosts.has(host)) return true;
    // Somebody else saw its last worker go; a new one may be about to come up there.
    const leaseMs = this.#context.settings.lease;
    return this.#watch.silenceMs(`host ${host}`, "nobody", now) >= leaseMs + leaseMarginMs(leaseMs);
  }

  async #takeOver(orphan: HeldRun): Promise<void> {
    const { jobSeq, number, token } = orphan.run;
    const run = await this.#context.store.takeOver({ jobSeq, number, token }, this.#context.workerId);
    if (run === null) return;
    const recovery = this.#recoverInTheEnd(orphan, run);
    this.#underway.add(recovery);
    void recovery.finally(() => this.#underway.delete(recovery));
  }

  /** Tries again until it succeeds: a run that was taken over and dropped would be processing for ever. */
  async #recoverInTheEnd(orphan: HeldRun, run: RunRef): Promise<void> {
    while (!this.#abandoned) {
      try {
        return await this.#recover(orphan, run);
      } catch (error) {
        this.#context.log(
          `job ${orphan.job.id}: cannot recover run ${run.number}: ${messageOf(error)}; trying again`,
        );
        await sleep(recoveryRetryMs);
      }
    }
  }

  async #recover(orphan: HeldRun, run: RunRef): Promise<void> {
    const { machine, store, log } = this.#context;
    const { job } = orphan;
    const folder = machine.runs.path(run.jobSeq, run.number, orphan.run.mark);
    const intent = await this.#makeOver(orphan, run, folder);
    if (intent === "abandoned") return;
    const evidence = machine.runs.evidence(folder);
    const output = collectOutput(machine.runs, folder);
    const ending = endingOf({
      intent,
      exitCode: evidence.exitCode,
      wrapperSignal: null,
      crash: `its worker ${orphan.run.workerId} ended while it ran`,
      identity: evidence.identity,
      output,
    });
    const settings = this.#context.currentSettings();
    const result = await persist(
      { log },
      `settling job ${job.id}`,
      () => store.settle({ run, ending, backoff: backoffRule(settings), chance: machine.chance.fraction() }),
    );
    if (result === null) return;
    log(
      `job ${job.id}: run ${run.number} of a worker that is gone is settled as ${ending.outcome}; now ${result.state}`,
    );
    // The identity file of a run that never began stays: it keeps a worker that was paused from beginning it yet.
    const hasBegun = evidence.identity !== null || evidence.exitCode !== null;
    if (output.complete && hasBegun) machine.runs.remove(folder);
    machine.wake.wakeIdle(1);
  }

  /** Makes sure that nothing of a run is alive, or ever will be; returns the intent to settle it by. */
  async #makeOver(orphan: HeldRun, run: RunRef, folder: string): Promise<Intent | null | "abandoned"> {
    const { machine, host, store, log } = this.#context;
    const { intent } = orphan.run;
    if (this.#cannotRunAnyMore(folder) || orphan.run.host !== formatHost(host)) return intent;
    const chosen = intent ?? "recover";
    const isOurs = await persist({ log }, "recording an intent", () => store.recordIntent(run, chosen));
    if (!isOurs) return "abandoned";
    // It may have ended by itself meanwhile, before any signal: then its exit code is its own.
    if (machine.runs.evidence(folder).exitCode !== null) return intent;
    const isGone = await endTree(machine.processes, machine.clock, {
      identity: machine.runs.evidence(folder).identity ?? { pid: 0, start: "" },
      mark: orphan.run.mark,
      graceMs: orphanGraceMs,
      abandoned: () => this.#abandoned,
      onStubborn: (pids) =>
        log(`job ${orphan.job.id}: processes ${pids.join(", ")} outlive SIGKILL; it waits for them`),
    });
    return isGone ? chosen : "abandoned";
  }

  /** Whether a run has ended, or is made unable to begin. */
  #cannotRunAnyMore(folder: string): boolean {
    const { runs } = this.#context.machine;
    return runs.evidence(folder).exitCode !== null || runs.forbidStart(folder);
  }
}
