import { messageOf } from "../core/errors.ts";
import { isSameProgress } from "../core/progress.ts";
import type { Progress } from "../core/run.ts";
import type { Claimed } from "../store/store.ts";
import type { WorkerContext } from "./context.ts";
import type { HeldFiles } from "./held_files.ts";
import { persist } from "./persist.ts";

/** How often at most the progress of a run is looked at and stored, in milliseconds. */
const reportEveryMs = 1_000;
const what = "storing the progress of a run";

/** Stores how far a run says that it is, by the file that `queuectl progress` writes in it. */
export class ProgressReport {
  readonly #context: WorkerContext;
  readonly #files: HeldFiles;
  readonly #claimed: () => Claimed;
  #stored: Progress | null = null;
  #lookedAt = -Infinity;
  #storing: Promise<void> | undefined;

  /** `claimed` is asked anew each time: the run may have come back under a new token. */
  constructor(context: WorkerContext, files: HeldFiles, claimed: () => Claimed) {
    this.#context = context;
    this.#files = files;
    this.#claimed = claimed;
  }

  /** To be called often; stores what is new, at most once a second. */
  look(): void {
    const now = this.#context.machine.clock.monotonic();
    if (this.#storing !== undefined || now - this.#lookedAt < reportEveryMs) return;
    this.#lookedAt = now;
    const { trouble } = this.#context;
    this.#storing = this.#storeNews((store) => store())
      .then(() => trouble.over(what), (error) => trouble.met(what, error))
      .finally(() => this.#storing = undefined);
  }

  /** Stores what was told last before the run is settled; nothing that a job writes keeps it from that. */
  async finish(): Promise<void> {
    if (!this.#files.hasProgress()) return;
    await this.#storing;
    const { trouble, log } = this.#context;
    try {
      await this.#storeNews((store) => persist(trouble, what, store));
    } catch (error) {
      log(`job ${this.#claimed().job.id}: ${what}: ${messageOf(error)}`);
    }
    this.#files.removeProgress();
  }

  async #storeNews(by: (store: () => Promise<boolean>) => Promise<boolean>): Promise<void> {
    const found = this.#files.hasProgress() ? this.#files.progress() : null;
    if (found === null || isSameProgress(found, this.#stored)) return;
    await by(() => this.#context.store.reportProgress(this.#claimed().run, found));
    this.#stored = found;
  }
}
