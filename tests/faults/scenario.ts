/** What a scenario of the fault suite gets and gives: `scripts/faults.ts` runs them long, `faults_test.ts` short. */

export interface Scenario {
  /** As `--only` names it. */
  readonly name: string;
  readonly summary: string;
  /** Set where it goes on for `seconds`; left out where its size is fixed. */
  readonly goesByTime?: true;
  /** Throws where an invariant does not hold. */
  run(trial: Trial): Promise<void>;
}

export interface Trial {
  readonly random: Random;
  /** How long the scenario should go on, in seconds; a scenario of fixed size does `size` of its work instead. */
  readonly seconds: number;
  /** `short` in the test suite, `long` in `deno task faults`. */
  readonly size: "short" | "long";
  /** Notes that something was broken on purpose. */
  broke(what: string, times?: number): void;
  /** Notes that an invariant was looked at and holds. */
  checked(invariant: string, times?: number): void;
  /** Progress, for people. */
  say(line: string): void;
}

/** Chance that a seed repeats. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, not including, 1: mulberry32. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `from` up to and including `to`. */
  between(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)]!;
  }
}
