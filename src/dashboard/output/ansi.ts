/**
 * Colours and looks in what a command writes (SGR of ECMA-48), as data: nothing here is markup. What else escape
 * sequences ask for (moving the cursor, titles, links) is left out. A style is a value, so that a line can be drawn by
 * itself when it is known how it begins.
 */

/** 0 to 15 are the named colours, up to 255 those of the table; else red, green and blue. */
export type Colour = number | readonly [red: number, green: number, blue: number];

export interface Style {
  readonly foreground: Colour | null;
  readonly background: Colour | null;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isItalic: boolean;
  readonly isUnderlined: boolean;
  readonly isStruck: boolean;
  readonly isReversed: boolean;
}

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export const plainStyle: Style = {
  foreground: null,
  background: null,
  isBold: false,
  isDim: false,
  isItalic: false,
  isUnderlined: false,
  isStruck: false,
  isReversed: false,
};

// CSI, then OSC and its like up to their end, then what has two characters, then all that is not to be seen.
const sequences =
  // deno-lint-ignore no-control-regex -- these are what it looks for
  /\x1b\[([0-?]*)[ -/]*([@-~]|$)|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** Text without escape sequences and control characters; tabs stay. */
export function plainText(text: string): string {
  return text.replace(sequences, "");
}

/** The pieces of one line that look the same, and how the next line begins. */
export function readSpans(
  text: string,
  first: Style,
): { readonly spans: readonly Span[]; readonly last: Style } {
  const spans: Span[] = [];
  let style = first;
  let at = 0;
  const add = (end: number) => {
    if (end === at) return;
    const before = spans.at(-1);
    const piece = text.slice(at, end);
    if (before?.style === style) spans[spans.length - 1] = { text: before.text + piece, style };
    else spans.push({ text: piece, style });
  };
  for (const { index, 0: whole, 1: parameters = "", 2: final } of text.matchAll(sequences)) {
    add(index);
    at = index + whole.length;
    if (final === "m") style = styled(style, parameters);
  }
  add(text.length);
  return { spans, last: style };
}

/** How what follows a line looks: as its spans say it, without making them. */
export function styleAfter(text: string, first: Style): Style {
  let style = first;
  // deno-lint-ignore no-control-regex -- it is what it looks for
  for (const [, parameters] of text.matchAll(/\x1b\[([0-9;:]*)m/g)) style = styled(style, parameters!);
  return style;
}

const looks: Readonly<Record<number, Partial<Style>>> = {
  0: plainStyle,
  1: { isBold: true },
  2: { isDim: true },
  3: { isItalic: true },
  4: { isUnderlined: true },
  7: { isReversed: true },
  9: { isStruck: true },
  21: { isUnderlined: true },
  22: { isBold: false, isDim: false },
  23: { isItalic: false },
  24: { isUnderlined: false },
  27: { isReversed: false },
  29: { isStruck: false },
  39: { foreground: null },
  49: { background: null },
};

function styled(before: Style, parameters: string): Style {
  // Nothing between semicolons is 0; what has colons is one parameter with parts of its own.
  const groups = parameters.split(";").map((group) => group.split(":").map((part) => Number(part || "0")));
  let style = before;
  for (let at = 0; at < groups.length; at++) {
    const [code = 0, ...parts] = groups[at]!;
    if (code === 38 || code === 48) {
      const isOne = parts.length > 0;
      const values = isOne ? parts : groups.slice(at + 1).map(([value = 0]) => value);
      const { colour, used } = readColour(values, isOne);
      if (!isOne) at += used;
      if (colour !== null) style = { ...style, [code === 38 ? "foreground" : "background"]: colour };
      continue;
    }
    const change = parts[0] === 0 && code === 4 ? looks[24] : looks[code] ?? namedColour(code);
    if (change !== undefined) style = code === 0 ? plainStyle : { ...style, ...change };
  }
  return style;
}

function namedColour(code: number): Partial<Style> | undefined {
  if (code >= 30 && code <= 37) return { foreground: code - 30 };
  if (code >= 40 && code <= 47) return { background: code - 40 };
  if (code >= 90 && code <= 97) return { foreground: code - 82 };
  if (code >= 100 && code <= 107) return { background: code - 92 };
  return undefined;
}

/** `5;index` or `2;red;green;blue`; with colons the space of colours may stand before red. */
function readColour(
  [mode, ...values]: readonly number[],
  hasColons: boolean,
): { readonly colour: Colour | null; readonly used: number } {
  if (mode === 5) {
    const [index = -1] = values;
    return { colour: index >= 0 && index <= 255 ? index : null, used: 2 };
  }
  if (mode !== 2) return { colour: null, used: 1 };
  const [red, green, blue] = hasColons && values.length > 3 ? values.slice(1) : values;
  const isColour = (value: number | undefined): value is number => value !== undefined && value <= 255;
  const colour = isColour(red) && isColour(green) && isColour(blue) ? [red, green, blue] as const : null;
  return { colour, used: 4 };
}
