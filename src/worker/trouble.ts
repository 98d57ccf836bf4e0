/**
 * What goes wrong again and again is said once, and once more when it is over. A store that does not serve is one
 * trouble, whatever it holds up: it is said once for each kind of problem, and is over when nothing waits any more.
 */

import { messageOf, StoreUnavailable } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";

export class Trouble {
  readonly #log: Log;
  /** What the store holds up just now. */
  readonly #held = new Set<string>();
  readonly #saidProblems = new Set<string>();
  /** What was said of other errors, by what they held up. */
  readonly #saidErrors = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  met(what: string, error: unknown): void {
    const message = messageOf(error);
    if (error instanceof StoreUnavailable) {
      this.#held.add(what);
      if (this.#saidProblems.has(error.problem)) return;
      this.#saidProblems.add(error.problem);
      this.#log(`${what}: ${message}; trying again until the store answers`);
    } else if (this.#saidErrors.get(what) !== message) {
      this.#saidErrors.set(what, message);
      this.#log(`${what}: ${message}`);
    }
  }

  over(what: string): void {
    if (this.#saidErrors.delete(what)) this.#log(`${what}: that is over`);
    if (!this.#held.delete(what) || this.#held.size > 0) return;
    this.#saidProblems.clear();
    this.#log("the store answers again");
  }
}
