/**
 * Reads what `deno test` reports. The counts come from its last lines, since its JUnit report leaves out
 * modules that fail as a whole, counts steps as tests, and calls filtered tests skipped.
 */

/** How many tests passed, failed and were left out on purpose. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const STEPS = String.raw`(?: \([^)]*\))?`;
const SUMMARY = new RegExp(
  String.raw`^(?:ok|FAILED) \| (\d+) passed${STEPS} \| (\d+) failed${STEPS}(?: \| (\d+) ignored)?`,
  "gm",
);
// deno-lint-ignore no-control-regex
const COLOUR = /\x1b\[[\d;]*m/g;

/** Returns the text without the codes that colour it on a terminal. */
export function withoutColour(text: string): string {
  return text.replace(COLOUR, "");
}

/** Finds the counts at the end of what `deno test` printed; none when it ended before it counted. */
export function readCounts(output: string): Counts | undefined {
  const summary = [...withoutColour(output).matchAll(SUMMARY)].at(-1);
  if (summary === undefined) return undefined;
  const [, passed, failed, skipped = "0"] = summary;
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}

/** Writes counts as the line that ends every run of the tests. */
export function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed` + (skipped > 0 ? `, ${skipped} skipped` : "");
}

/** Tells from a JUnit report whether an end-to-end test of the compiled program ran: one with that word in its name. */
export function didCompiledRun(junit: string): boolean {
  const cases = junit.matchAll(/<testcase ([^>]*)>\s*(<skipped\/>)?/g);
  return [...cases].some(([, attributes = "", skipped]) =>
    skipped === undefined && /classname="[^"]*\btests\/e2e\//.test(attributes) &&
    /(?:^|\s)name="[^"]*\bcompiled\b/.test(attributes)
  );
}
