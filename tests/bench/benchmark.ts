/** What a benchmark of `deno task bench` gets and gives; `scripts/bench.ts` runs them and prints their rows. */

import type { Workshop } from "./workshop.ts";

export interface Benchmark {
  /** As `--only` names it. */
  readonly name: string;
  readonly summary: string;
  /** Runs only where `--only` names it. */
  readonly isExtra?: true;
  run(workshop: Workshop): Promise<readonly Row[]>;
}

export type Unit = "×" | "jobs/s" | "ms" | "µs" | "%" | "MB";

export interface Row {
  readonly what: string;
  /** Null where it cannot be measured here; then the note says why. */
  readonly figure: number | null;
  readonly unit: Unit;
  /** Null where it is for information only. */
  readonly goal: Goal | null;
  readonly note?: string | undefined;
}

export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** Null where nothing was measured or there is no goal. */
export function isReached({ figure, goal }: Row): boolean | null {
  if (figure === null || goal === null) return null;
  return "atMost" in goal ? figure <= goal.atMost : figure >= goal.atLeast;
}
