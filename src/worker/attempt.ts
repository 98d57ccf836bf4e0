/**
 * One run in a worker's hands, started by it or adopted from a worker that is gone: keeps its output in bounds,
 * enforces its timeout, hands it back when told to, and settles it by what really happened.
 */

import { messageOf } from "../core/errors.ts";
import { formatHost } from "../core/host.ts";
import { comesTooLate } from "../core/job_rules.ts";
import type { ProcessEnd, ProcessIdentity, StartedRun } from "../core/ports.ts";
import { type Intent, neverBegan, type Run, type RunEnding, type RunRef } from "../core/run.ts";
import type { Settings } from "../core/settings.ts";
import type { Span } from "../core/telemetry.ts";
import type { Claimed, ClaimRequest } from "../store/store.ts";
import { sleep, type WorkerContext } from "./context.ts";
import { endingOf, nothingRan } from "./ending.ts";
import { endTree } from "./end_tree.ts";
import { followRun } from "./follow_run.ts";
import type { Renewed } from "./heartbeat.ts";
import { HeldFiles } from "./held_files.ts";
import { outputLookMs } from "./output.ts";
import { persist } from "./persist.ts";
import { ProgressReport } from "./progress_report.ts";
import { InputGone, prepareInput } from "./run_input.ts";
import { runOrder } from "./run_order.ts";
import { settle } from "./settle.ts";
import { endAttemptSpan, startAttemptSpan } from "./attempt_span.ts";
import { SignalPassing } from "./signal_passing.ts";
import { startTimer } from "./timer.ts";

/** The grace between TERM and KILL for what a wrapper that is gone has left behind, in milliseconds. */
const leftBehindGraceMs = 2_000;
/** How long to wait before what failed unexpectedly is tried again, in milliseconds. */
const retryMs = 1_000;
/** How long to wait before a renewal that could not be written is tried again, in milliseconds. */
const renewRetryMs = 250;

/** `trouble`: the run could not be started for a reason of this machine, so the worker should pause. */
export type AttemptResult = "settled" | "trouble" | "let_go";

/** What a run asks of the worker that holds it. */
export interface AttemptWorker {
  /** Renews the lease. Asked before each first signal. */
  renew(): Promise<Renewed>;
  /** What to claim in place of this run, or null for nothing. */
  nextClaim(): ClaimRequest | null;
}

export class Attempt {
  readonly #context: WorkerContext;
  readonly #settings: Settings;
  readonly #worker: AttemptWorker;
  readonly #released = Promise.withResolvers<void>();
  readonly #files: HeldFiles;
  readonly #progress: ProgressReport;
  readonly #signals: SignalPassing;
  #claimed: Claimed;
  #span: Span | null = null;
  #isAdopted = false;
  /** Set once there are processes that may have to be ended. */
  #wrapper: ProcessIdentity | undefined;
  #intent: Intent | null = null;
  #ending: Promise<void> | undefined;
  #letGo = false;
  #isOver = false;
  #isSettled = false;
  #next: readonly Claimed[] = [];

  constructor(context: WorkerContext, claimed: Claimed, worker: AttemptWorker) {
    this.#context = context;
    this.#settings = context.currentSettings();
    this.#claimed = claimed;
    this.#worker = worker;
    const { run, mark } = claimed;
    this.#files = new HeldFiles({
      files: context.machine.runs,
      base: context.machine.runs.base(run.jobSeq, run.number, mark),
      limitBytes: this.#settings.output_limit,
      log: (line) => this.#log(line),
    });
    this.#progress = new ProgressReport(context, this.#files, () => this.#claimed);
    this.#signals = new SignalPassing(context, {
      claimed: () => this.#claimed,
      files: this.#files,
      renew: () => worker.renew(),
      isOver: () => this.#isOver || this.#letGo,
    });
  }

  get claimed(): Claimed {
    return this.#claimed;
  }

  /** What its worker has claimed with its settlement. */
  get next(): readonly Claimed[] {
    return this.#next;
  }

  get #timeoutMs(): number | null {
    return this.#claimed.job.timeoutMs ?? this.#settings.job_timeout;
  }

  get #graceMs(): number {
    return this.#claimed.job.killAfterMs ?? this.#settings.kill_after;
  }

  /** Starts the run and sees it to its end. */
  async run(): Promise<AttemptResult> {
    const { job } = this.#claimed;
    this.#span = startAttemptSpan(this.#context, this.#claimed);
    if (comesTooLate(job, job.startedAt!)) return await this.#settleTooLate();
    const cwd = job.cwd ?? "/";
    if (!this.#context.machine.isFolder(cwd)) {
      return await this.#fail(`its working directory is not there: ${cwd}`);
    }
    let started: StartedRun;
    try {
      started = await this.#start(cwd);
    } catch (error) {
      if (error instanceof InputGone) return await this.#fail(error.message);
      return await this.#couldNotStart(error);
    }
    this.#wrapper = { pid: started.pid, start: "" };
    try {
      return await this.#seeToEnd(started.ended, this.#timeoutMs);
    } finally {
      started.release(this.#isSettled && this.#ending === undefined && !this.#letGo);
    }
  }

  /** Goes on with a run whose worker is gone, from wherever that one left it. */
  async adopt(run: Run): Promise<AttemptResult> {
    this.#isAdopted = true;
    this.#span = startAttemptSpan(this.#context, this.#claimed);
    return await this.#untilDone("cannot be adopted", () => this.#goOnWith(run));
  }

  async #goOnWith(run: Run): Promise<AttemptResult> {
    const { machine, host } = this.#context;
    const { exitCode, identity } = this.#files.evidence();
    // Of another host, or of this one before it started anew, there is nothing to follow or to end.
    const isHere = formatHost(host) === run.host;
    if (isHere && exitCode === null && this.#files.forbidStart()) {
      return await this.#settleNeverBegun();
    }
    if (isHere) this.#wrapper = identity ?? unknownProcess;
    if (exitCode !== null || !isHere) {
      this.#isOver = true;
      this.#intent = run.intent;
      // What was being ended is ended wholly before the job can go on.
      if (run.intent !== null && !await this.#endTree(this.#graceMs)) return "let_go";
      return await this.#settleBy({ code: exitCode, signal: null }, run);
    }
    if (run.intent !== null) this.#goOnEnding(run.intent);
    const wrapper = machine.processes.survive ? identity : null;
    const ended = followRun(machine, { base: this.#files.base, wrapper, isLetGo: () => this.#letGo });
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

  /** Ends the run of a job that was cancelled. One that is over is settled by what the store knows of it. */
  cancel(): void {
    if (!this.#isOver) this.#endFor("cancel");
  }

  /** Sends its processes what somebody asked for; the run goes on. */
  passOnSignals(): void {
    this.#signals.passOn();
  }

  /** Whether it was settled by this worker: then its processes are nobody's business any more. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Ends the tree of a run that is not ours to settle any more: a newer run or another host has taken its place. */
  async endLost(): Promise<void> {
    this.letGo();
    await this.#endTree(this.#graceMs);
    this.#removeInput();
  }

  /** Its own span, or where nothing is told of it the context that it was enqueued in. */
  get #traceparent(): string | null {
    return this.#span?.traceparent ?? this.#claimed.job.traceparent;
  }

  async #start(cwd: string): Promise<StartedRun> {
    const { runs, processes } = this.#context.machine;
    runs.prepare();
    const { base } = this.#files;
    const stdin = await prepareInput(this.#context, this.#claimed, base);
    return await processes.start(
      runOrder(this.#claimed, {
        base,
        cwd,
        stdin,
        shell: this.#settings.shell,
        traceparent: this.#traceparent,
        self: this.#context.machine.self,
      }),
    );
  }

  /** What is left of its timeout, by the store's clock, in milliseconds. */
  async #timeLeft(run: Run): Promise<number | null> {
    const timeout = this.#timeoutMs;
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
    const filesTimer = setInterval(() => {
      this.#files.limitOutput();
      this.#progress.look();
    }, outputLookMs);
    const cancelTimeout = timeoutMs === null
      ? undefined
      : startTimer(timeoutMs, () => this.#endFor("timeout"));
    let end: ProcessEnd | void;
    try {
      end = await Promise.race([this.#released.promise, ended]);
    } finally {
      clearInterval(filesTimer);
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
    this.#ending ??= this.#endWith(intent).catch((error) => this.#couldNotEnd(error));
  }

  /** Its intent was committed by who had it before: whatever it has come to since then, it is settled by that. */
  #goOnEnding(intent: Intent): void {
    this.#intent = intent;
    this.#ending = this.#endTree(this.#graceMs).then(() => {}, (error) => this.#couldNotEnd(error));
  }

  #couldNotEnd(error: unknown): void {
    this.#log(`cannot end its run: ${messageOf(error)}`);
  }

  /** Intent first: it is committed before the first signal, so that whoever adopts the run knows. */
  async #endWith(intent: Intent): Promise<void> {
    for (let renewed; (renewed = await this.#worker.renew()) !== "held";) {
      // Whoever takes the registration away sees to the run; a store that does not answer is asked again.
      if (renewed === "lost" && this.#letGo) return;
      if (this.#isOver) return;
      await sleep(renewRetryMs);
    }
    // It has ended by itself, and its wrapper just was not heard of yet.
    if ((this.#files.evidenceOrNull()?.exitCode ?? null) !== null) return;
    const { store, trouble } = this.#context;
    const held = await persist(
      trouble,
      "recording an intent",
      () => store.recordIntent(this.#claimed.run, intent),
    );
    // One that has ended by itself meanwhile, before any signal, is settled by its own exit code.
    if (!held || this.#isOver) return;
    this.#intent = intent;
    await this.#endTree(this.#graceMs);
  }

  /** False where it was let go of before the tree was gone. */
  async #endTree(graceMs: number): Promise<boolean> {
    if (this.#wrapper === undefined) return true;
    const { machine } = this.#context;
    const identity = this.#files.evidence().identity ?? this.#wrapper;
    return await endTree(machine.processes, machine.clock, {
      identity,
      mark: this.#claimed.mark,
      isWrapperDone: () => this.#files.evidence().exitCode !== null,
      graceMs,
      abandoned: () => this.#letGo && this.#isOver,
      onStubborn: (pids) => this.#log(`processes ${pids.join(", ")} outlive SIGKILL; it waits for them`),
    });
  }

  async #settleBy(end: ProcessEnd, adopted?: Run): Promise<AttemptResult> {
    // A wrapper that was killed has left its command behind, which must not meet its own successor.
    const isKilled = end.signal !== null || end.code === null;
    if (isKilled && this.#intent === null && !await this.#endTree(leftBehindGraceMs)) return "let_go";
    const evidence = this.#files.evidenceOrNull();
    if (evidence?.identity === null && this.#intent === null && this.#wrapper !== undefined) {
      if (adopted !== undefined || isKilled) return await this.#settleNeverBegun();
      if (end.code === neverBegan) {
        return await this.#couldNotStart(new Error("its identity file could not be written"));
      }
    }
    await this.#progress.finish();
    const exitCode = evidence?.exitCode ?? null;
    const output = this.#files.collectOutput();
    const settled = await this.#settle(
      endingOf({
        job: this.#claimed.job,
        intent: this.#intent,
        // The wrapper exits with the job's code; should the disk be too full for its file, this is what remains.
        exitCode: exitCode ?? (end.signal === null ? end.code : null),
        wrapperSignal: end.signal,
        crash: adopted === undefined
          ? "it ended without an exit code"
          : `its worker ${adopted.workerId} was gone, and it left no exit code`,
        identity: evidence?.identity ?? null,
        output,
      }),
      this.#worker.nextClaim,
    );
    if (settled && output?.complete) this.#files.remove();
    return "settled";
  }

  async #fail(error: string): Promise<AttemptResult> {
    await this.#settle(nothingRan("failed", error));
    return "settled";
  }

  async #couldNotStart(error: unknown): Promise<AttemptResult> {
    this.#files.remove();
    const reason = messageOf(error);
    // Too long an argument or environment is the job's own fault, and would be so again.
    if (/argument list too long/i.test(reason)) return await this.#fail(`it could not be started: ${reason}`);
    this.#log(`cannot be started here: ${reason}`);
    await this.#settle(nothingRan("handed_back", `it could not be started: ${reason}`));
    return "trouble";
  }

  /** Its identity file stays: it keeps a worker that was paused from beginning the run yet. */
  async #settleNeverBegun(): Promise<AttemptResult> {
    await this.#settle(nothingRan("handed_back", "its worker or its wrapper was gone before it began"));
    return "settled";
  }

  /** Handed back too late to be tried again, it is dead. */
  async #settleTooLate(): Promise<AttemptResult> {
    await this.#settle(nothingRan("handed_back", "its retry_until had passed before it began"));
    return "settled";
  }

  async #settle(ending: RunEnding, nextClaim: () => ClaimRequest | null = () => null): Promise<boolean> {
    const result = await settle(this.#context, { claimed: () => this.#claimed, ending, nextClaim });
    this.#removeInput();
    if (result === null) return false;
    [this.#isSettled, this.#next] = [true, result.claimed];
    const endedAt = this.#context.machine.clock.now();
    endAttemptSpan(this.#span, ending, { endedAt, isAdopted: this.#isAdopted });
    return true;
  }

  /** Its next run gets it anew. */
  #removeInput(): void {
    if (this.#claimed.job.stdinBytes !== null) this.#files.removeInput();
  }

  #log(line: string): void {
    const text = `job ${this.#claimed.job.id}: ${line}`;
    this.#context.logHere(text);
    this.#span?.log(text);
  }
}

/** Nothing has this pid; what carries the run's mark is found all the same. */
const unknownProcess: ProcessIdentity = { pid: 0, start: "" };
