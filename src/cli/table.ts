/** Aligned tables: on a terminal coloured and cut to its width, in a pipe plain and whole. */

import { type Paint, paint } from "./paint.ts";
import type { Output } from "./world.ts";

export interface Cell {
  readonly text: string;
  readonly colour?: Paint | undefined;
}

export interface Column {
  readonly title: string;
  readonly alignRight?: boolean;
  /** Shares what the terminal leaves with the other flexible columns, and is cut to its share. */
  readonly isFlexible?: boolean;
}

const gap = 2;
/** No column is cut below this many characters, however narrow the terminal is. */
const leastWidth = 8;

/** The lines of a table, with a title row. */
export function table(
  output: Output,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): string {
  const widths = fit(output.columns, columns, rows);
  const line = (cells: readonly Cell[]): string =>
    cells.map((cell, i) => {
      const text = shorten(cell.text, widths[i]!);
      const padding = " ".repeat(widths[i]! - displayWidth(text));
      const isLast = i === cells.length - 1;
      return coloured(output, cell, columns[i]!.alignRight ? padding + text : isLast ? text : text + padding);
    }).join(" ".repeat(gap)).trimEnd();
  const title = line(columns.map((column) => ({ text: column.title, colour: "bold" })));
  return [title, ...rows.map(line)].join("\n");
}

/** The width of each column: as wide as its longest cell, the flexible ones as far as there is room. */
function fit(available: number, columns: readonly Column[], rows: readonly (readonly Cell[])[]): number[] {
  const widths = columns.map((column, i) =>
    rows.reduce(
      (most, row) => Math.max(most, displayWidth(visible(row[i]!.text))),
      displayWidth(column.title),
    )
  );
  const flexible = columns.flatMap((column, i) => column.isFlexible ? [i] : []).toSorted((a, b) =>
    widths[a]! - widths[b]!
  );
  const fixed = widths.filter((_, i) => !columns[i]!.isFlexible).reduce((sum, width) => sum + width, 0);
  let room = available - fixed - gap * (columns.length - 1);
  for (const [done, i] of flexible.entries()) {
    const share = Math.max(leastWidth, Math.floor(room / (flexible.length - done)));
    widths[i] = Math.min(widths[i]!, share);
    room -= widths[i]!;
  }
  return widths;
}

function coloured(output: Output, cell: Cell, text: string): string {
  return cell.colour === undefined ? text : paint(output, cell.colour, text);
}

/** Columns that a text takes; East Asian wide characters and emoji take two (Unicode UAX 11, roughly). */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += isWide(character.codePointAt(0)!) ? 2 : 1;
  return width;
}

function isWide(code: number): boolean {
  return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff) || (code >= 0x20000 && code <= 0x3fffd);
}

/** The text on one line of at most `width` columns, cut with an ellipsis; control characters are shown as marks. */
export function shorten(text: string, width: number): string {
  const oneLine = visible(text);
  if (displayWidth(oneLine) <= width) return oneLine;
  let cut = "";
  let used = 1;
  for (const character of oneLine) {
    used += displayWidth(character);
    if (used > width) break;
    cut += character;
  }
  return cut + "…";
}

/** Made harmless: a newline becomes "⏎"; other control characters, and those that turn the direction of text, "·". */
export function visible(text: string): string {
  return text.replaceAll(/\r?\n/g, "⏎").replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, "·");
}
