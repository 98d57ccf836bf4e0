/** Something done again and again beside a scenario, whose first error is not lost: `stop` throws it. */

export class Background {
  readonly #loop: Promise<void>;
  #over = false;
  #failure: { readonly error: unknown } | null = null;

  /** `pauseMs` says how long to wait after each turn. */
  constructor(turn: () => Promise<void> | void, pauseMs: () => number) {
    this.#loop = this.#run(turn, pauseMs);
  }

  async #run(turn: () => Promise<void> | void, pauseMs: () => number): Promise<void> {
    try {
      while (!this.#over) {
        await turn();
        await pause(pauseMs());
      }
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** Throws what went wrong so far. */
  check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Ends after the turn that is under way; throws what went wrong. */
  async stop(): Promise<void> {
    this.#over = true;
    await this.#loop;
    this.check();
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
