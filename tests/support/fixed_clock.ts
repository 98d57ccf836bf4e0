/** A clock that stands still until it is told to go on. */
export class FixedClock {
  ms: number;

  constructor(ms = Date.UTC(2026, 0, 1)) {
    this.ms = ms;
  }

  readonly now = (): number => this.ms;

  advance(byMs: number): void {
    this.ms += byMs;
  }
}
