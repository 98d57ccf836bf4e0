import { messageOf } from "../core/errors.ts";
import type { ProcessIdentity } from "../core/ports.ts";
import type { Claimed } from "../store/store.ts";
import type { WorkerContext } from "./context.ts";
import type { Renewed } from "./heartbeat.ts";
import type { HeldFiles } from "./held_files.ts";

export interface SignalledRun {
  /** Asked anew each time: the run may have come back under a new token. */
  readonly claimed: () => Claimed;
  readonly files: HeldFiles;
  /** Renews the lease; asked before signals are taken. */
  readonly renew: () => Promise<Renewed>;
  /** Whether it has ended, or is not looked after any more. */
  readonly isOver: () => boolean;
}

/** Sends the processes of a run the signals that people ask for; whatever they make of them, the run goes on. */
export class SignalPassing {
  readonly #context: WorkerContext;
  readonly #run: SignalledRun;
  #last: Promise<void> = Promise.resolve();

  constructor(context: WorkerContext, run: SignalledRun) {
    this.#context = context;
    this.#run = run;
  }

  /** Passes on what is asked for now, after what is being passed on: signals keep their order. */
  passOn(): void {
    this.#last = this.#last.then(() => this.#passOn()).catch((error) => {
      this.#log(`cannot pass signals on: ${messageOf(error)}`);
    });
  }

  async #passOn(): Promise<void> {
    const { store, machine: { processes } } = this.#context;
    if (this.#livingIdentity() === null || await this.#run.renew() !== "held") return;
    const signals = await store.takeSignals(this.#run.claimed().run);
    const identity = this.#livingIdentity();
    if (identity === null || signals.length === 0) return;
    const tree = await processes.treeOf(identity, this.#run.claimed().mark);
    // Its wrapper may be about to serve another run, whose processes are not meant.
    if (this.#livingIdentity() === null) return;
    const pids = processes.survive ? tree.filter((pid) => pid !== identity.pid) : tree;
    for (const signal of signals) {
      this.#log(`its processes are sent ${signal}, as was asked for`);
      processes.signalProcesses(pids, signal);
    }
  }

  /** Who runs it, while it has begun and has not ended. */
  #livingIdentity(): ProcessIdentity | null {
    if (this.#run.isOver()) return null;
    const evidence = this.#run.files.evidenceOrNull();
    return evidence?.exitCode === null ? evidence.identity : null;
  }

  #log(line: string): void {
    this.#context.log(`job ${this.#run.claimed().job.id}: ${line}`);
  }
}
