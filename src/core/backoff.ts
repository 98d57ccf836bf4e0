/**
 * The wait before the next attempt: base ^ attempts seconds, exactly; other shapes, a cap and jitter on request.
 */

/** How waits grow with the number of attempts. */
export const backoffShapes = ["exponential", "linear", "fixed"] as const;
export type BackoffShape = (typeof backoffShapes)[number];

export interface BackoffRule {
  /** A shape, or the waits after each attempt in milliseconds, of which the last one repeats; never empty. */
  readonly waits: BackoffShape | readonly number[];
  /** The wait after the n-th attempt is `base ** n` seconds; linear: `base * n`; fixed: `base`. */
  readonly base: number;
  /** The longest wait in milliseconds, or null for none. */
  readonly maxMs: number | null;
  /** 0 to 1: how far the wait may stray to either side, as a share of it. */
  readonly jitter: number;
}

/** The last millisecond that a Date can hold (ECMA-262, 21.4.1.1). */
export const lastInstant = 8_640_000_000_000_000;

/**
 * Milliseconds to wait after `attempts` charged attempts (1 or more).
 * `chance` is a number from 0 up to, not including, 1; it matters only with jitter.
 */
export function backoffMs(attempts: number, rule: BackoffRule, chance: number): number {
  const exact = exactMs(attempts, rule);
  const strayed = exact * (1 + rule.jitter * (2 * chance - 1));
  return Math.round(Math.min(strayed, rule.maxMs ?? Infinity, lastInstant));
}

function exactMs(attempts: number, { waits, base }: BackoffRule): number {
  switch (waits) {
    case "exponential":
      return base ** attempts * 1000;
    case "linear":
      return base * attempts * 1000;
    case "fixed":
      return base * 1000;
    default:
      return waits[Math.min(attempts, waits.length) - 1]!;
  }
}

/** `now` plus a wait, clamped to the last valid date. */
export function instantAfter(now: number, waitMs: number): number {
  return Math.min(now + waitMs, lastInstant);
}
