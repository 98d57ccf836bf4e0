/** What `deno task faults` was asked for. */
import { parseArgs } from "@std/cli/parse-args";
import type { Scenario } from "../tests/faults/scenario.ts";

export const faultUsage =
  "Usage: deno task faults [--seconds N] [--seed S] [--only NAME,…] [--binary PATH] [--json]";

export interface FaultOptions {
  /** Shared among the scenarios that go by time. */
  readonly seconds: number;
  /** From 0 to 2^32 − 1. */
  readonly seed: number;
  /** Null for all. */
  readonly only: readonly string[] | null;
  /** A compiled program, or null to compile one. */
  readonly binary: string | null;
  readonly json: boolean;
}

/** A request that is refused. */
export class FaultUsageError extends Error {}

const defaultSeconds = 60;

/** `freshSeed` is the seed where none is named. Throws a `FaultUsageError`. */
export function readFaultOptions(args: readonly string[], freshSeed: () => number): FaultOptions {
  const flags = parseArgs([...args], {
    string: ["seconds", "seed", "only", "binary", "_"],
    boolean: ["json"],
    unknown: (word) => refuse(`there is no ${word}`),
  });
  return {
    seconds: flags.seconds === undefined ? defaultSeconds : readNumber("--seconds", flags.seconds, 86_400),
    seed: flags.seed === undefined ? freshSeed() : readNumber("--seed", flags.seed, 2 ** 32 - 1),
    only: flags.only === undefined ? null : flags.only.split(",").filter((name) => name !== ""),
    binary: flags.binary ?? null,
    json: flags.json,
  };
}

function readNumber(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  return refuse(`${flag} must be a whole number up to ${most}`);
}

function refuse(found: string): never {
  throw new FaultUsageError(`Cannot run the fault suite: ${found}\n${faultUsage}`);
}

/** A scenario and the seconds that it gets. */
export interface Planned {
  readonly scenario: Scenario;
  readonly seconds: number;
}

/** Which scenarios run, and for how long. Throws a `FaultUsageError` where there is no such scenario. */
export function planFaults(all: readonly Scenario[], { only, seconds }: FaultOptions): Planned[] {
  const unknown = only?.find((name) => !all.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    refuse(
      `there is no scenario ${unknown}; there are ${all.map((scenario) => scenario.name).join(", ")}`,
    );
  }
  const chosen = all.filter((scenario) => only?.includes(scenario.name) ?? true);
  const sharers = chosen.filter((scenario) => scenario.goesByTime).length;
  const share = Math.max(1, Math.floor(seconds / Math.max(1, sharers)));
  return chosen.map((scenario) => ({ scenario, seconds: share }));
}
