/**
 * When a lease is over. No lease ends by wall clock alone: whoever takes one back must have watched the same
 * heartbeat value for the whole lease on its own monotonic clock, without a gap in its watching.
 */

interface Sighting {
  readonly value: string;
  readonly sinceMs: number;
  seenMs: number;
}

/** Remembers since when each watched value has not changed. Times are monotonic milliseconds of one process. */
export class HeartbeatWatch {
  readonly #sightings = new Map<string, Sighting>();
  readonly #longestGapMs: number;

  /** A gap between two looks above `longestGapMs` (a suspended or starved watcher) starts the watch anew. */
  constructor(longestGapMs: number) {
    this.#longestGapMs = longestGapMs;
  }

  /** Notes that `key` shows `value` at `nowMs`; returns for how long it has shown nothing else, in milliseconds. */
  silenceMs(key: string, value: string, nowMs: number): number {
    const last = this.#sightings.get(key);
    const continues = last !== undefined && last.value === value && nowMs - last.seenMs <= this.#longestGapMs;
    if (continues) {
      last.seenMs = nowMs;
      return nowMs - last.sinceMs;
    }
    this.#sightings.set(key, { value, sinceMs: nowMs, seenMs: nowMs });
    return 0;
  }

  /** Forgets everything: the watcher itself could not write, so what it saw proves nothing. */
  reset(): void {
    this.#sightings.clear();
  }

  /** Forgets what was not looked at since `sinceMs`, so that the watch does not grow for ever. */
  forgetBefore(sinceMs: number): void {
    for (const [key, sighting] of this.#sightings) {
      if (sighting.seenMs < sinceMs) this.#sightings.delete(key);
    }
  }
}

/** How much longer than its lease another host's worker may be silent before its runs are taken away. */
export function leaseMarginMs(leaseMs: number): number {
  return Math.ceil(leaseMs / 2);
}
