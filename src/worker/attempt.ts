/**
 * One claimed run, from its start to its settlement: starts it, keeps its output in bounds, enforces its timeout,
 * hands it back when told to, and settles it by what really happened.
 */

import { messageOf } from "../core/errors.ts";
import type { ProcessEnd, RunEvidence, StartedRun } from "../core/ports.ts";
import { type Intent, neverBegan, type RunEnding, type RunRef } from "../core/run.ts";
import { backoffRule, type Settings } from "../core/settings.ts";
import type { Claimed } from "../store/store.ts";
import { sleep, type WorkerContext } from "./context.ts";
import { endingOf } from "./ending.ts";
import { endTree } from "./end_tree.ts";
import type { Renewed } from "./heartbeat.ts";
import { collectOutput, limitOutput, outputLookMs } from "./output.ts";
import { persist } from "./persist.ts";

/** The grace between TERM and KILL for what a killed wrapper has left behind, in milliseconds. */
const leftBehindGraceMs = 2_000;

/** How long to wait before an end that could not be settled is tried again, in milliseconds. */
const settleRetryMs = 1_000;
/** How long to wait before a renewal that could not be written is tried again, in milliseconds. */
const renewRetryMs = 250;

/** `trouble`: the run could not be started for a reason of this machine, so the worker should pause. */
export type AttemptResult = "settled" | "trouble" | "let_go";

export class Attempt {
  readonly #context: WorkerContext;
  readonly #settings: Settings;
  /** Renews the lease. Asked before each first signal. */
  readonly #renew: () => Promise<Renewed>;
  #claimed: Claimed;
  #started: StartedRun | undefined;
  #folder: string | undefined;
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
  }

  get claimed(): Claimed {
    return this.#claimed;
  }

  async run(): Promise<AttemptResult> {
    const { job } = this.#claimed;
    const cwd = job.cwd ?? "/";
    if (!this.#context.machine.isFolder(cwd)) {
      return await this.#fail(`its working directory is not there: ${cwd}`);
    }
    let started: StartedRun;
    try {
      started = this.#start(cwd);
    } catch (error) {
      return await this.#couldNotStart(error);
    }
    const end = await this.#watch(started);
    this.#isOver = true;
    await this.#ending;
    // A run that has ended is settled, whatever comes between: dropped, it would be processing for ever.
    while (!this.#letGo) {
      try {
        return await this.#settleBy(end);
      } catch (error) {
        this.#context.log(`job ${job.id}: cannot be settled: ${messageOf(error)}; trying again`);
        await sleep(settleRetryMs);
      }
    }
    return "let_go";
  }

  /** Stops looking after the run: another worker of this host has it. */
  letGo(): void {
    this.#letGo = true;
  }

  /** Goes on under a new token, after the run was this worker's again. */
  retake(run: RunRef): void {
    this.#claimed = { ...this.#claimed, run };
  }

  /** Hands the run back: ends its tree, charges nothing. Repeating it changes nothing. */
  handBack(): void {
    this.#endFor("hand_back");
  }

  /** Ends the tree of a run that is not ours to settle any more: a newer run or another host has taken its place. */
  async endLost(): Promise<void> {
    this.#letGo = true;
    await this.#endTree(this.#settings.kill_after);
  }

  #start(cwd: string): StartedRun {
    const { machine } = this.#context;
    const { job, run, mark } = this.#claimed;
    this.#folder = machine.runs.create(run.jobSeq, run.number, mark);
    this.#started = machine.processes.start({
      folder: this.#folder,
      command: job.command,
      argv: job.argv,
      shell: this.#settings.shell,
      cwd,
      env: {
        ...machine.jobEnvironment(),
        ...job.env,
        QUEUECTL_HOME: machine.home,
        QUEUECTL_JOB_ID: job.id,
        QUEUECTL_ATTEMPT: String(run.number),
        QUEUECTL_QUEUE: job.queue,
        QUEUECTL_RUN: mark,
      },
    });
    return this.#started;
  }

  async #watch(started: StartedRun): Promise<ProcessEnd> {
    const outputTimer = setInterval(() => this.#limitOutput(), outputLookMs);
    const timeout = this.#settings.job_timeout;
    const deadline = timeout === null ? undefined : startTimer(timeout, () => this.#endFor("timeout"));
    try {
      return await started.ended;
    } finally {
      clearInterval(outputTimer);
      deadline?.();
    }
  }

  #endFor(intent: Intent): void {
    this.#ending ??= this.#endWith(intent).catch((error) => {
      this.#context.log(`job ${this.#claimed.job.id}: cannot end its run: ${messageOf(error)}`);
    });
  }

  /** Intent first: it is committed before the first signal, so that whoever recovers the run knows. */
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

  async #endTree(graceMs: number): Promise<void> {
    if (this.#started === undefined || this.#folder === undefined) return;
    const { machine, log } = this.#context;
    const identity = machine.runs.evidence(this.#folder).identity ?? { pid: this.#started.pid, start: "" };
    await endTree(machine.processes, machine.clock, {
      identity,
      mark: this.#claimed.mark,
      graceMs,
      onStubborn: (pids) => log(`job ${this.#claimed.job.id}: processes ${pids.join(", ")} outlive SIGKILL`),
    });
  }

  async #settleBy(end: ProcessEnd): Promise<AttemptResult> {
    const { runs } = this.#context.machine;
    // A wrapper that was killed has left its command behind, which must not meet its own successor.
    if (end.signal !== null && this.#intent === null) await this.#endTree(leftBehindGraceMs);
    this.#limitOutput();
    const { identity, exitCode } = this.#orElse(noEvidence, () => runs.evidence(this.#folder!));
    if (identity === null && this.#intent === null && end.code === neverBegan) {
      return await this.#couldNotStart(new Error("its identity file could not be written"));
    }
    const output = this.#orElse(null, () => collectOutput(runs, this.#folder!));
    const settled = await this.#settle(endingOf({
      intent: this.#intent,
      // The wrapper exits with the job's code; should the disk be too full for its file, this is what remains.
      exitCode: exitCode ?? (end.signal === null ? end.code : null),
      wrapperSignal: end.signal,
      crash: "it ended without an exit code",
      identity,
      output,
    }));
    if (settled && output?.complete) runs.remove(this.#folder!);
    return "settled";
  }

  #limitOutput(): void {
    this.#orElse(
      undefined,
      () => limitOutput(this.#context.machine.runs, this.#folder!, this.#settings.output_limit),
    );
  }

  /** What a failing disk keeps from us must not keep the run from being settled. */
  #orElse<T>(fallback: T, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!this.#saidDisk) this.#context.log(`job ${this.#claimed.job.id}: its folder: ${messageOf(error)}`);
      this.#saidDisk = true;
      return fallback;
    }
  }

  async #fail(error: string): Promise<AttemptResult> {
    await this.#settle({ ...nothingRan, outcome: "failed", error });
    return "settled";
  }

  async #couldNotStart(error: unknown): Promise<AttemptResult> {
    if (this.#folder !== undefined) this.#context.machine.runs.remove(this.#folder);
    const reason = messageOf(error);
    // Too long an argument or environment is the job's own fault, and would be so again.
    if (/argument list too long/i.test(reason)) return await this.#fail(`it could not be started: ${reason}`);
    this.#context.log(`job ${this.#claimed.job.id}: cannot be started here: ${reason}`);
    await this.#settle({
      ...nothingRan,
      outcome: "handed_back",
      error: `it could not be started: ${reason}`,
    });
    return "trouble";
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
      log(
        `job ${job.id}: run ${this.#claimed.run.number} ended late (${ending.outcome}); it is not ours any more`,
      );
    }
    return result !== null;
  }
}

const noEvidence: RunEvidence = { identity: null, exitCode: null };

const nothingRan = {
  exitCode: null,
  signal: null,
  pid: null,
  startIdentity: null,
  stdout: null,
  stderr: null,
} as const;

/** The longest delay that setTimeout keeps (2^31 − 1 ms); longer ones would fire at once. */
const longestTimerMs = 2_147_483_647;

/** A timer of any length; returns what cancels it. */
function startTimer(ms: number, fire: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const arm = (left: number): void => {
    const slice = Math.min(left, longestTimerMs);
    timer = setTimeout(() => left > slice ? arm(left - slice) : fire(), slice);
  };
  arm(ms);
  return () => clearTimeout(timer);
}
