/** The table and the JSON of `deno task bench`. */

import { isReached, type Row } from "./benchmark.ts";

export interface Report {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly kernel: string;
  };
  readonly queuectl: string;
  /** The runtime inside the program that is measured. */
  readonly deno: string;
  readonly store: {
    readonly driver: string;
    readonly sqlite: string;
    readonly durability: string;
  };
  readonly quick: boolean;
  readonly benchmarks: readonly { readonly name: string; readonly rows: readonly Row[] }[];
}

/** Fields are only ever added; README and `scripts/bench.ts` say what they mean. */
export function toJson({ benchmarks, ...rest }: Report): string {
  const rows = benchmarks.flatMap(({ name, rows }) =>
    rows.map((row) => ({
      benchmark: name,
      what: row.what,
      figure: row.figure,
      unit: row.unit,
      at_least: row.goal !== null && "atLeast" in row.goal ? row.goal.atLeast : null,
      at_most: row.goal !== null && "atMost" in row.goal ? row.goal.atMost : null,
      reached: isReached(row),
      note: row.note ?? null,
    }))
  );
  return JSON.stringify({ ...rest, rows });
}

export function toText(report: Report): string {
  const { machine, store } = report;
  const head = [
    `machine  ${machine.cpu}, ${machine.cores} cores, ${machine.kernel}`,
    `program  queuectl ${report.queuectl} on Deno ${report.deno}`,
    `store    SQLite ${store.sqlite} through ${store.driver}, durability ${store.durability}`,
    ...(report.quick ? ["quick    small sizes: the figures say little"] : []),
  ];
  const cells = report.benchmarks.flatMap(({ rows }) =>
    rows.map((row) => [row.what, figureText(row), goalText(row), reachedText(row), row.note ?? ""])
  );
  return [...head, "", ...table([["what", "measured", "goal", "", ""], ...cells])].join("\n");
}

const alignRight = [false, true, true, false, false];

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) =>
      alignRight[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
    )
      .join("  ").trimEnd()
  );
}

function figureText({ figure, unit }: Row): string {
  return figure === null ? "not measured" : `${round(figure)} ${unit}`;
}

function goalText({ goal, unit }: Row): string {
  if (goal === null) return "";
  return "atMost" in goal ? `≤ ${round(goal.atMost)} ${unit}` : `≥ ${round(goal.atLeast)} ${unit}`;
}

function reachedText(row: Row): string {
  const reached = isReached(row);
  return reached === null ? "" : reached ? "reached" : "MISSED";
}

/** Three digits that count, at least. */
function round(value: number): string {
  return Math.abs(value) >= 100
    ? value.toFixed(0)
    : Math.abs(value) >= 10
    ? value.toFixed(1)
    : value.toFixed(2);
}
