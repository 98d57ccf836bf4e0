/** What a check of the whole has found, and what to do about it. */

/** What is looked at, in this order. */
export const checks = [
  "home",
  "settings",
  "store",
  "schema",
  "integrity",
  "counters",
  "workers",
  "leases",
  "queues",
  "jobs",
  "watchers",
  "disk",
  "clock",
] as const;
export type Check = (typeof checks)[number];

/** `warning`: as somebody may have meant it, or of no harm yet. `problem`: something is broken, or does not go on. */
export const findingStatuses = ["ok", "warning", "problem"] as const;
export type FindingStatus = (typeof findingStatuses)[number];

export interface Finding {
  readonly check: Check;
  readonly status: FindingStatus;
  readonly found: string;
  /** What to type, or null. */
  readonly fix: string | null;
  /** Mends it, where that can do no harm; then `fix` is the call that does it. */
  readonly mend?: () => Promise<void> | void;
}

export function fine(check: Check, found: string): Finding {
  return { check, status: "ok", found, fix: null };
}
