/** Runs one scenario and keeps what it broke and checked. A scenario that checked nothing counts as left out. */

import { Random, type Scenario, type Trial } from "./scenario.ts";

export interface Conduct {
  /** The suite's seed; each scenario's own follows from it and the name, so that `--only` changes no choice. */
  readonly seed: number;
  readonly seconds: number;
  readonly size: Trial["size"];
  readonly say: (line: string) => void;
}

export interface Verdict {
  readonly name: string;
  readonly result: "passed" | "failed" | "left out";
  readonly seconds: number;
  readonly durationMs: number;
  readonly broke: Readonly<Record<string, number>>;
  readonly checked: Readonly<Record<string, number>>;
  readonly error: unknown;
}

export async function conduct(scenario: Scenario, how: Conduct): Promise<Verdict> {
  const broke: Record<string, number> = {};
  const checked: Record<string, number> = {};
  const trial: Trial = {
    random: new Random(seedOf(how.seed, scenario.name)),
    seconds: how.seconds,
    size: how.size,
    broke: (what, times = 1) => count(broke, what, times),
    checked: (invariant, times = 1) => count(checked, invariant, times),
    say: how.say,
  };
  const startedAt = performance.now();
  let failure: { readonly error: unknown } | null = null;
  try {
    await scenario.run(trial);
  } catch (error) {
    failure = { error };
  }
  return {
    name: scenario.name,
    result: failure !== null ? "failed" : Object.keys(checked).length > 0 ? "passed" : "left out",
    seconds: how.seconds,
    durationMs: Math.round(performance.now() - startedAt),
    broke,
    checked,
    error: failure?.error ?? null,
  };
}

function count(counts: Record<string, number>, what: string, times: number): void {
  counts[what] = (counts[what] ?? 0) + times;
}

/** FNV-1a over the name, from the seed on. */
function seedOf(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
