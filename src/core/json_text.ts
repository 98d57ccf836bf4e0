/** Says where a text stops being JSON. */

export interface JsonFault {
  /** What the parser found, in its own words without positions. */
  readonly found: string;
  /** The offset in UTF-16 units from 0. */
  readonly offset: number;
}

/** Parses JSON; a fault in place of a value where it is none. */
export function parseJson(text: string): { readonly value: unknown } | { readonly fault: JsonFault } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { fault: { found: plain(message), offset: offsetOf(text, message) } };
  }
}

/** The line around a fault with a mark below it, at most 60 characters wide. */
export function pointAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const lineEnd = text.indexOf("\n", offset);
  const line = text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd);
  const column = offset - lineStart;
  const from = Math.max(0, column - 40);
  // deno-lint-ignore no-control-regex -- a control character would move the mark away from what it marks
  const shown = line.slice(from, from + 60).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "·");
  return `${shown}\n${" ".repeat(column - from)}^`;
}

function plain(message: string): string {
  return message.replace(/ in JSON at position.*$/s, "").replace(/,? (\.\.\.)?".*" is not valid JSON$/s, "")
    .replace(/ \(line \d+ column \d+\)$/, "");
}

/** V8 tells most positions; for an unexpected token it does not, and the shortest bad beginning is looked for. */
function offsetOf(text: string, message: string): number {
  const told = /at position (\d+)/.exec(message);
  if (told !== null) return Number(told[1]);
  if (!message.startsWith("Unexpected token")) return text.length;
  let good = 0;
  let bad = text.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isBadBeginning(text.slice(0, middle))) bad = middle;
    else good = middle;
  }
  return bad - 1;
}

function isBadBeginning(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof Error && error.message.startsWith("Unexpected token");
  }
}
