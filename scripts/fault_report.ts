/** What `deno task faults` says about its scenarios, in words and as JSON. */
import type { Verdict } from "../tests/faults/conduct.ts";

/** A verdict, and how to come to it again. */
export interface Reported extends Verdict {
  readonly replay: string;
  /** The folder that a failed scenario left, or null. */
  readonly folder: string | null;
}

/** The command that makes a scenario choose the same again. When things happen is up to the machine. */
export function replayCommand(verdict: Pick<Verdict, "name" | "seconds">, seed: number): string {
  return `deno task faults --seed ${seed} --seconds ${verdict.seconds} --only ${verdict.name}`;
}

export function formatVerdict(reported: Reported): string {
  const { name, result, durationMs, broke, checked, error, replay, folder } = reported;
  const lines = [
    `${name}: ${result} after ${formatSeconds(durationMs)}`,
    ...table("broke", broke),
    ...table("checked", checked),
  ];
  if (result === "failed") {
    lines.push(indent(errorText(error)), `  replay   ${replay}`);
    if (folder !== null) lines.push(`  folder   ${folder}`);
  }
  return lines.join("\n");
}

export function formatSummary(all: readonly Reported[], seed: number): string {
  const count = (result: Verdict["result"]) => all.filter((each) => each.result === result).length;
  const sum = (of: (each: Reported) => Readonly<Record<string, number>>) =>
    all.flatMap((each) => Object.values(of(each))).reduce((total, times) => total + times, 0);
  const durationMs = all.reduce((total, each) => total + each.durationMs, 0);
  return `Seed ${seed}: ${count("passed")} passed, ${count("failed")} failed, ${
    count("left out")
  } left out; ` +
    `broke ${formatCount(sum((each) => each.broke))} times, checked ` +
    `${formatCount(sum((each) => each.checked))} times, in ${formatSeconds(durationMs)}`;
}

export function toJson(all: readonly Reported[], seed: number): unknown {
  return {
    seed,
    scenarios: all.map(({ durationMs, error, ...rest }) => ({
      ...rest,
      duration_ms: durationMs,
      error: error === null ? null : errorText(error),
    })),
  };
}

function table(word: string, counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).map(([what, times], index) =>
    `  ${(index === 0 ? word : "").padEnd(8)} ${formatCount(times).padStart(9)}  ${what}`
  );
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

function indent(text: string): string {
  return text.split("\n").map((line) => `  ${line}`).join("\n");
}

function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
