/** Trouble that comes again and again is said once, and once more when it is over. */

import { messageOf } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";

export class Trouble {
  readonly #log: Log;
  readonly #what: string;
  #said: string | null = null;

  constructor(log: Log, what: string) {
    this.#log = log;
    this.#what = what;
  }

  met(error: unknown): void {
    const message = messageOf(error);
    if (message !== this.#said) this.#log(`${this.#what}: ${message}`);
    this.#said = message;
  }

  over(): void {
    if (this.#said !== null) this.#log(`${this.#what}: that is over`);
    this.#said = null;
  }
}
