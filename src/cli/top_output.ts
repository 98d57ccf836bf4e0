/** What a job wrote, as lines that a screen can show. */

import type { Machine } from "../core/ports.ts";
import { findRuns, readOutput, type Watch } from "../operations/read_output.ts";
import type { Store } from "../store/store.ts";

/** So many last lines of each stream. */
const mostLines = 2000;
const tabWidth = 8;

/** Of its newest run: stdout, then stderr. Has a run of another host go on publishing what it writes. */
export async function outputLines(
  store: Store,
  { machine, id, watch }: { readonly machine: Machine; readonly id: string; readonly watch: Watch },
): Promise<readonly string[]> {
  const { runs } = await findRuns(store, { id, which: "newest" });
  const run = runs[0];
  if (run === undefined) return ["(it has not run yet)"];
  if (store.info.isShared && run.outcome === null) await watch.keep(run);
  const lines: string[] = [];
  for (const stream of ["out", "err"] as const) {
    const { chunks } = await readOutput(store, machine.runs, { run, stream, lastLines: mostLines });
    const decoder = new TextDecoder();
    let text = "";
    for (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
    if (text === "") continue;
    if (stream === "err") lines.push("--- stderr ---");
    lines.push(...text.replace(/\n$/, "").split("\n").map(shownLine));
  }
  return lines.length === 0 ? ["(it has written nothing yet)"] : lines;
}

/** Without colours, as it looks after the last carriage return, tabs as spaces. */
export function shownLine(line: string): string {
  // deno-lint-ignore no-control-regex -- what controls terminals is what must go
  const bare = line.replaceAll(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)/g, "").replace(
    /\r+$/,
    "",
  );
  const last = bare.slice(bare.lastIndexOf("\r") + 1);
  let shown = "";
  for (const character of last) {
    shown += character === "\t" ? " ".repeat(tabWidth - shown.length % tabWidth) : character;
  }
  return shown;
}
