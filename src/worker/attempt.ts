/**
 * One run in a worker's hands, started by it or adopted from a worker that is gone: keeps its output in bounds,
 * enforces its timeout, hands it back when told to, and settles it by what really happened.
 */

import { messageOf } from "../core/errors.ts";
import { formatHost } from "../core/host.ts";
import type { ProcessEnd, ProcessIdentity, RunEvidence, StartedRun } from "../core/ports.ts";
import { type Intent, neverBegan, type Run, type RunEnding, type RunRef } from "../core/run.ts";
import { backoffRule, type Settings } from "../core/settings.ts";
import type { Claimed } from "../store/store.ts";
import { sleep, type WorkerContext } from "./context.ts";
import { endingOf, nothingRan } from "./ending.ts";
import { endTree } from "./end_tree.ts";
import { followRun } from "./follow_run.ts";
import type { Renewed } from "./heartbeat.ts";
import { collectOutput, limitOutput, outputLookMs } from "./output.ts";
import { persist } from "./persist.ts";
import { runOrder } from "./run_order.ts";
import { startTimer } from "./timer.ts";

/** The grace between TERM and KILL for what a wrapper that is gone has left behind, in milliseconds. */
const leftBehindGraceMs = 2_000;
/** How long to wait before what failed unexpectedly is tried again, in milliseconds. */
const retryMs = 1_000;
/** How long to wait before a renewal that could not be written is tried again, in milliseconds. */
const renewRetryMs = 250;

/** `trouble`: the run could not be started for a reason of this machine, so the worker should pause. */
export type AttemptResult = "settled" | "trouble" | "let_go";

export class Attempt {
  readonly #context: WorkerContext;
  readonly #settings: Settings;
  /** Renews the lease. Asked before each first signal. */
  readonly #renew: () => Promise<Renewed>;
  readonly #released = Promise.withResolvers<void>();
  readonly #folder: string;
  #claimed: Claimed;
  /** Set once there are processes that may have to be ended. */
  #wrapper: ProcessIdentity | undefined;
  #intent: Intent | null = null;
  #ending: Promise<void> | undefined;
  #letGo = false;
  #isOver = false;
  #saidDisk = false;

  constructor(context: WorkerContext, claimed: Claimed, renew: () => Promise<Renewed>) {
    this.#context = context;
    this.#settings = context.currentSettings();
    this.#claimed = claimed;
    this.#renew = renew;
    const { run, mark } = claimed;
    this.#folder = context.machine.runs.path(run.jobSeq, run.number, mark);
  }

  get claimed(): Claimed {
    return this.#claimed;
  }

  /** Starts the run and sees it to its end. */
  async run(): Promise<AttemptResult> {
    const cwd = this.#claimed.job.cwd ?? "/";
    if (!this.#context.machine.isFolder(cwd)) {
      return await this.#fail(`its working directory is not there: ${cwd}`);
    }
    let started: StartedRun;
    try {
      started = this.#start(cwd);
    } catch (error) {
      return await this.#couldNotStart(error);
    }
    this.#wrapper = { pid: started.pid, start: "" };
    return await this.#seeToEnd(started.ended, this.#settings.job_timeout);
  }

  /** Goes on with a run whose worker is gone, from wherever that one left it. */
  async adopt(run: Run): Promise<AttemptResult> {
    return await this.#untilDone("cannot be adopted", () => this.#goOnWith(run));
  }

  async #goOnWith(run: Run): Promise<AttemptResult> {
    const { machine, host } = this.#context;
    const { exitCode, identity } = machine.runs.evidence(this.#folder);
    // Of another host, or of this one before it started anew, there is nothing to follow or to end.
    const isHere = formatHost(host) === run.host;
    if (isHere && exitCode === null && machine.runs.forbidStart(this.#folder)) {
      return await this.#settleNeverBegun();
    }
    if (isHere) this.#wrapper = identity ?? unknownProcess;
    if (exitCode !== null || !isHere) {
      this.#isOver = true;
      this.#intent = run.intent;
      // What was being ended is ended wholly before the job can go on.
      if (run.intent !== null && !await this.#endTree(this.#settings.kill_after)) return "let_go";
      return await this.#settleBy({ code: exitCode, signal: null }, run);
    }
    if (run.intent !== null) this.#endFor(run.intent);
    const wrapper = machine.processes.survive ? identity : null;
    const ended = followRun(machine, { folder: this.#folder, wrapper, isLetGo: () => this.#letGo });
    return await this.#seeToEnd(ended, await this.#timeLeft(run), run);
  }

  /** Stops looking after the run, which goes on; another worker of this host has it, or will. */
  letGo(): void {
    this.#letGo = true;
    this.#released.resolve();
  }

  /** Goes on under a new token, after the run was this worker's again. */
  retake(run: RunRef): void {
    this.#claimed = { ...this.#claimed, run };
  }

  /** Hands the run back: ends its tree, charges nothing. Repeating it changes nothing. */
  handBack(): void {
    // One that is over and waits for what it left behind is finished by whoever comes next.
    if (this.#isOver) this.letGo();
    else this.#endFor("hand_back");
  }

  /** Ends the tree of a run that is not ours to settle any more: a newer run or another host has taken its place. */
  async endLost(): Promise<void> {
    this.letGo();
    await this.#endTree(this.#settings.kill_after);
  }

  #start(cwd: string): StartedRun {
    const { machine } = this.#context;
    const { run, mark } = this.#claimed;
    const folder = machine.runs.create(run.jobSeq, run.number, mark);
    return machine.processes.start(
      runOrder(machine, this.#claimed, { folder, cwd, shell: this.#settings.shell }),
    );
  }

  /** What is left of its timeout, by the store's clock, in milliseconds. */
  async #timeLeft(run: Run): Promise<number | null> {
    const timeout = this.#settings.job_timeout;
    if (timeout === null) return null;
    const usedMs = await this.#context.store.now() - run.startedAt;
    return Math.min(Math.max(timeout - usedMs, 0), timeout);
  }

  /** Watches a run until it has ended, and settles it. `adopted` where another worker has started it. */
  async #seeToEnd(
    ended: Promise<ProcessEnd>,
    timeoutMs: number | null,
    adopted?: Run,
  ): Promise<AttemptResult> {
    const outputTimer = setInterval(() => this.#limitOutput(), outputLookMs);
    const cancelTimeout = timeoutMs === null
      ? undefined
      : startTimer(timeoutMs, () => this.#endFor("timeout"));
    let end: ProcessEnd | void;
    try {
      end = await Promise.race([this.#released.promise, ended]);
    } finally {
      clearInterval(outputTimer);
      cancelTimeout?.();
    }
    if (end === undefined) return "let_go";
    this.#isOver = true;
    await this.#ending;
    return await this.#untilDone("cannot be settled", () => this.#settleBy(end, adopted));
  }

  /** Tries again after unexpected errors: a run that was dropped would be processing for ever. */
  async #untilDone(what: string, step: () => Promise<AttemptResult>): Promise<AttemptResult> {
    while (!this.#letGo) {
      try {
        return await step();
      } catch (error) {
        this.#log(`${what}: ${messageOf(error)}; trying again`);
        await sleep(retryMs);
      }
    }
    return "let_go";
  }

  #endFor(intent: Intent): void {
    this.#ending ??= this.#endWith(intent).catch((error) => {
      this.#log(`cannot end its run: ${messageOf(error)}`);
    });
  }

  /** Intent first: it is committed before the first signal, so that whoever adopts the run knows. */
  async #endWith(intent: Intent): Promise<void> {
    for (let renewed; (renewed = await this.#renew()) !== "held";) {
      // Whoever takes the registration away sees to the run; a store that does not answer is asked again.
      if (renewed === "lost" && this.#letGo) return;
      if (this.#isOver) return;
      await sleep(renewRetryMs);
    }
    const { store, log } = this.#context;
    const held = await persist(
      { log },
      "recording an intent",
      () => store.recordIntent(this.#claimed.run, intent),
    );
    // One that has ended by itself meanwhile, before any signal, is settled by its own exit code.
    if (!held || this.#isOver) return;
    this.#intent = intent;
    await this.#endTree(this.#settings.kill_after);
  }

  /** False where it was let go of before the tree was gone. */
  async #endTree(graceMs: number): Promise<boolean> {
    if (this.#wrapper === undefined) return true;
    const { machine } = this.#context;
    return await endTree(machine.processes, machine.clock, {
      identity: machine.runs.evidence(this.#folder).identity ?? this.#wrapper,
      mark: this.#claimed.mark,
      graceMs,
      abandoned: () => this.#letGo && this.#isOver,
      onStubborn: (pids) => this.#log(`processes ${pids.join(", ")} outlive SIGKILL; it waits for them`),
    });
  }

  async #settleBy(end: ProcessEnd, adopted?: Run): Promise<AttemptResult> {
    const { runs } = this.#context.machine;
    // A wrapper that was killed has left its command behind, which must not meet its own successor.
    const isKilled = end.signal !== null || end.code === null;
    if (isKilled && this.#intent === null && !await this.#endTree(leftBehindGraceMs)) return "let_go";
    this.#limitOutput();
    const { identity, exitCode } = this.#orElse(noEvidence, () => runs.evidence(this.#folder));
    if (identity === null && this.#intent === null && this.#wrapper !== undefined) {
      if (adopted !== undefined) return await this.#settleNeverBegun();
      if (end.code === neverBegan) {
        return await this.#couldNotStart(new Error("its identity file could not be written"));
      }
    }
    const output = this.#orElse(null, () => collectOutput(runs, this.#folder));
    const settled = await this.#settle(endingOf({
      intent: this.#intent,
      // The wrapper exits with the job's code; should the disk be too full for its file, this is what remains.
      exitCode: exitCode ?? (end.signal === null ? end.code : null),
      wrapperSignal: end.signal,
      crash: adopted === undefined
        ? "it ended without an exit code"
        : `its worker ${adopted.workerId} was gone, and it left no exit code`,
      identity,
      output,
    }));
    if (settled && output?.complete) runs.remove(this.#folder);
    return "settled";
  }

  #limitOutput(): void {
    this.#orElse(
      undefined,
      () => limitOutput(this.#context.machine.runs, this.#folder, this.#settings.output_limit),
    );
  }

  /** What a failing disk keeps from us must not keep the run from being settled. */
  #orElse<T>(fallback: T, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!this.#saidDisk) this.#log(`its folder: ${messageOf(error)}`);
      this.#saidDisk = true;
      return fallback;
    }
  }

  async #fail(error: string): Promise<AttemptResult> {
    await this.#settle(nothingRan("failed", error));
    return "settled";
  }

  async #couldNotStart(error: unknown): Promise<AttemptResult> {
    this.#context.machine.runs.remove(this.#folder);
    const reason = messageOf(error);
    // Too long an argument or environment is the job's own fault, and would be so again.
    if (/argument list too long/i.test(reason)) return await this.#fail(`it could not be started: ${reason}`);
    this.#log(`cannot be started here: ${reason}`);
    await this.#settle(nothingRan("handed_back", `it could not be started: ${reason}`));
    return "trouble";
  }

  /** Its folder stays: the identity file in it keeps a worker that was paused from beginning the run yet. */
  async #settleNeverBegun(): Promise<AttemptResult> {
    await this.#settle(nothingRan("handed_back", "its worker was gone before it began"));
    return "settled";
  }

  async #settle(ending: RunEnding): Promise<boolean> {
    const { store, machine, log } = this.#context;
    const { job } = this.#claimed;
    const result = await persist(
      { log },
      `settling job ${job.id}`,
      () =>
        store.settle({
          // Asked anew at each try: the run may have come back under a new token.
          run: this.#claimed.run,
          ending,
          backoff: backoffRule(this.#context.currentSettings()),
          chance: machine.chance.fraction(),
        }),
    );
    if (result === null) {
      this.#log(`run ${this.#claimed.run.number} ended late (${ending.outcome}); it is not ours any more`);
    }
    return result !== null;
  }

  #log(line: string): void {
    this.#context.log(`job ${this.#claimed.job.id}: ${line}`);
  }
}

const noEvidence: RunEvidence = { identity: null, exitCode: null };
/** Nothing has this pid; what carries the run's mark is found all the same. */
const unknownProcess: ProcessIdentity = { pid: 0, start: "" };
