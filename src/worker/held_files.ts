/**
 * The files of one run in a worker's hands. What a failing disk keeps from us must not keep the run from being settled:
 * it is said once.
 */

import { messageOf } from "../core/errors.ts";
import type { Log, RunEvidence, RunFiles } from "../core/ports.ts";
import { mostProgressBytes, parseProgress } from "../core/progress.ts";
import type { Progress } from "../core/run.ts";
import { type CollectedOutput, collectOutput, limitOutput } from "./output.ts";

export interface HeldFilesOptions {
  readonly files: RunFiles;
  readonly base: string;
  /** How much of each stream is kept, in bytes. */
  readonly limitBytes: number;
  readonly log: Log;
}

export class HeldFiles {
  readonly base: string;
  readonly #options: HeldFilesOptions;
  #isSaid = false;

  constructor(options: HeldFilesOptions) {
    this.base = options.base;
    this.#options = options;
  }

  /** Throws where they cannot be read. */
  evidence(): RunEvidence {
    return this.#options.files.evidence(this.base);
  }

  /** Null where they cannot be read. */
  evidenceOrNull(): RunEvidence | null {
    return this.#orElse(null, () => this.evidence());
  }

  limitOutput(): void {
    const { files, limitBytes } = this.#options;
    this.#orElse(undefined, () => limitOutput(files, this.base, limitBytes));
  }

  /** Null where it cannot be read. */
  collectOutput(): CollectedOutput | null {
    const { files, limitBytes } = this.#options;
    return this.#orElse(null, () => collectOutput(files, this.base, limitBytes));
  }

  /** Makes sure that a run without an identity file can never begin; false where one has begun. */
  forbidStart(): boolean {
    return this.#options.files.forbidStart(this.base);
  }

  hasProgress(): boolean {
    return this.#options.files.hasProgress(this.base);
  }

  /** What the run says of how far it is; null where that is nothing that makes sense. */
  progress(): Progress | null {
    const bytes = this.#options.files.readProgress(this.base, mostProgressBytes);
    return bytes === null ? null : parseProgress(bytes);
  }

  removeProgress(): void {
    this.#options.files.removeProgress(this.base);
  }

  removeInput(): void {
    this.#options.files.removeInput(this.base);
  }

  remove(): void {
    this.#options.files.remove(this.base);
  }

  #orElse<T>(fallback: T, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!this.#isSaid) this.#options.log(`its files: ${messageOf(error)}`);
      this.#isSaid = true;
      return fallback;
    }
  }
}
