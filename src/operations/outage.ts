import { StoreUnavailable } from "../core/errors.ts";

/** How long a store that does not serve is borne with, in milliseconds. */
const patienceMs = 60_000;
/** What may pass by itself. */
const passing: readonly StoreUnavailable["problem"][] = ["busy", "full", "io", "read_only", "unreachable"];

/** Bears with a store that does not serve for a while, and says so once. */
export class Outage {
  readonly #say: (text: string) => void;
  #since: number | null = null;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** What was asked for, or null while the store does not serve. Throws where that lasts, or will not pass. */
  async ride<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await ask();
      if (this.#since !== null) this.#say("The store serves again.");
      this.#since = null;
      return answer;
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || !passing.includes(error.problem)) throw error;
      const now = performance.now();
      if (this.#since === null) this.#say(`${error.message}; still waiting.`);
      this.#since ??= now;
      if (now - this.#since > patienceMs) throw error;
      return null;
    }
  }
}
