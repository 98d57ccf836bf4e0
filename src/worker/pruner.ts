/**
 * Deletes old finished jobs by itself, where the setting prune_after says how old. Each worker looks every few minutes;
 * where another one was quicker it finds nothing, at little cost.
 */

import { findFinished, removeFinished } from "../operations/remove_finished.ts";
import type { WorkerContext } from "./context.ts";

/** Between two looks, in milliseconds; by chance up to half as long again, so that workers do not come together. */
const lookEveryMs = 5 * 60_000;
/** The first look comes within this time. */
const firstLookMs = 10_000;

export class Pruner {
  readonly #context: WorkerContext;
  readonly #isStopped: () => boolean;
  #nextAt: number;
  #pruning: Promise<void> | undefined;

  constructor(context: WorkerContext, isStopped: () => boolean) {
    this.#context = context;
    this.#isStopped = isStopped;
    const { clock, chance } = context.machine;
    this.#nextAt = clock.monotonic() + chance.fraction() * firstLookMs;
  }

  /** Begins if it is time to. */
  look(): void {
    const { machine, currentSettings, trouble } = this.#context;
    const now = machine.clock.monotonic();
    if (now < this.#nextAt || this.#pruning !== undefined) return;
    this.#nextAt = now + lookEveryMs * (1 + machine.chance.fraction() / 2);
    const ageMs = currentSettings().prune_after;
    if (ageMs === null) return;
    const what = "deleting old jobs";
    this.#pruning = this.#prune(ageMs)
      .then(() => trouble.over(what), (error) => trouble.met(what, error))
      .finally(() => this.#pruning = undefined);
  }

  async #prune(ageMs: number): Promise<void> {
    const { store, machine, log } = this.#context;
    const found = await findFinished(store, {
      states: ["completed", "cancelled"],
      filter: { finishedUntil: await store.now() - ageMs },
    });
    const count = await removeFinished(store, machine, { found, isStopped: this.#isStopped });
    if (count > 0) log(`deleted ${count} old job(s) (prune_after)`);
  }

  /** Waits until nothing is under way any more. */
  async end(): Promise<void> {
    await this.#pruning;
  }
}
