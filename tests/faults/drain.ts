/** Waits until a queue is drained, and says what was left when it never is. */

import type { TestQueue } from "../support/program.ts";
import { pause } from "./background.ts";
import type { Trial } from "./scenario.ts";
import type { StoreView } from "./store_view.ts";

export interface DrainOptions {
  readonly queue: TestQueue;
  readonly view: StoreView;
  readonly trial: Trial;
  readonly patienceMs: number;
  /** How many jobs may be left. */
  readonly left?: number;
  /** Called again and again; throws where waiting has no sense any more. */
  readonly look?: () => void;
}

const sayEveryMs = 10_000;

export async function drain({ queue, view, trial, patienceMs, left = 0, look }: DrainOptions): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  let saidAt = performance.now();
  for (let unfinished; (unfinished = await view.unfinished()) > left;) {
    look?.();
    if (performance.now() > giveUpAt) {
      throw new Error(
        `${unfinished} jobs are unfinished after ${patienceMs} ms\n${queue.log().slice(-10_000)}`,
      );
    }
    if (performance.now() - saidAt > sayEveryMs) {
      saidAt = performance.now();
      trial.say(`${unfinished} jobs to go, ${(await view.workers()).length} workers`);
    }
    await pause(50);
  }
}
