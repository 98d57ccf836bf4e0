/** Finds text in lines of output, as it is seen: without escape sequences, large and small letters the same. */

import { plainText, type Span } from "./ansi.ts";
import type { Line } from "./output_text.ts";

export interface Found {
  /** The number of the line. */
  readonly line: number;
  /** Where in the text of the line that is seen. */
  readonly from: number;
  readonly to: number;
}

/** More are not counted. */
export const mostFound = 10_000;

/** All places of `wanted` in these lines, of which the first has the number `firstNumber`. */
export function searchLines(lines: readonly Line[], firstNumber: number, wanted: string): Found[] {
  const found: Found[] = [];
  if (wanted === "") return found;
  const pattern = new RegExp(wanted.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "giu");
  for (const [index, { text }] of lines.entries()) {
    const seen = hasControls(text) ? plainText(text) : text;
    for (const match of seen.matchAll(pattern)) {
      found.push({ line: firstNumber + index, from: match.index, to: match.index + match[0].length });
      if (found.length >= mostFound) return found;
    }
  }
  return found;
}

function hasControls(text: string): boolean {
  // deno-lint-ignore no-control-regex -- these are what it looks for
  return /[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(text);
}

export interface MarkedSpan extends Span {
  /** Which of the found places of its line it belongs to, or null. */
  readonly mark: number | null;
}

/** Cuts the spans of a line where found places begin and end; those are of one line, in order. */
export function markSpans(spans: readonly Span[], found: readonly Found[]): MarkedSpan[] {
  const marked: MarkedSpan[] = [];
  let at = 0;
  let next = 0;
  for (const { text, style } of spans) {
    const end = at + text.length;
    let from = at;
    while (from < end) {
      while (next < found.length && found[next]!.to <= from) next++;
      const place = found[next];
      const isIn = place !== undefined && place.from <= from;
      const to = Math.min(end, place === undefined ? end : isIn ? place.to : place.from);
      marked.push({ text: text.slice(from - at, to - at), style, mark: isIn ? next : null });
      from = to;
    }
    at = end;
  }
  return marked;
}
