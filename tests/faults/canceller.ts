/** Cancels jobs at random, and keeps what each was found to be when its cancel was acknowledged. */

import type { TestQueue } from "../support/program.ts";
import type { Trial } from "./scenario.ts";
import type { StoreView } from "./store_view.ts";

/** The state that a cancel found, or `unknown` where its answer was lost. */
export type Cancels = ReadonlyMap<string, string>;

export class Canceller {
  readonly #queue: TestQueue;
  readonly #view: StoreView;
  readonly #trial: Trial;
  readonly #found = new Map<string, string>();

  constructor(queue: TestQueue, view: StoreView, trial: Trial) {
    this.#queue = queue;
    this.#view = view;
    this.#trial = trial;
  }

  get cancels(): Cancels {
    return this.#found;
  }

  /** One of those that run, or one of the last of these; none a second time. */
  async cancelOne(acknowledged: readonly string[]): Promise<void> {
    const { random } = this.#trial;
    const running = (await this.#view.processing()).map((job) => job.id);
    const candidates = (random.fraction() < 0.5 ? running : acknowledged.slice(-300))
      .filter((id) => !this.#found.has(id));
    if (candidates.length === 0) return;
    const id = random.pick(candidates);
    const { code, stdout, stderr } = await this.#queue.call(["cancel", "--json", id]);
    if (code === 0) {
      const [{ was }] = JSON.parse(stdout);
      this.#found.set(id, was);
      this.#trial.broke(`job cancelled that was ${was}`);
    } else if (code === 4) this.#found.set(id, "unknown");
    else throw new Error(`cancel: exit ${code}\n${stderr}`);
  }
}
