/**
 * A part of what a run wrote, line by line: it grows at its end, and at its beginning where earlier output is asked
 * for. Never more than so much is kept; what is too much goes from the other end. Lines have numbers that stay theirs
 * whatever comes before them. What a progress bar has overwritten (carriage returns) is not kept.
 */

import { plainStyle, type Style, styleAfter } from "./ansi.ts";

export interface Line {
  /** With its escape sequences. */
  readonly text: string;
  /** How it begins. */
  readonly style: Style;
  /** Where it begins in the stream, in bytes. */
  readonly at: number;
}

/** A longer line is shown as several, in characters. */
export const mostOfLine = 8000;

export interface OutputTextOptions {
  /** How much is kept, in characters. */
  readonly most: number;
}

export class OutputText {
  readonly #most: number;
  #lines: Line[] = [];
  #firstNumber = 0;
  /** How many characters there are. */
  #size = 0;
  #end: number;
  /** Whether the last line may go on. */
  #isOpen = false;
  #wasCut = false;

  /** Empty, at this place of the stream, in bytes. */
  constructor(at: number, { most }: OutputTextOptions) {
    this.#end = at;
    this.#most = most;
  }

  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** The number of the first line that is there. */
  get firstNumber(): number {
    return this.#firstNumber;
  }

  /** Where it begins in the stream, in bytes. */
  get start(): number {
    return this.#lines[0]?.at ?? this.#end;
  }

  /** Where it ends in the stream, in bytes. */
  get end(): number {
    return this.#end;
  }

  /** Whether later output was given up for earlier one, so that nothing can be added at its end. */
  get wasCut(): boolean {
    return this.#wasCut;
  }

  /** What follows, which begins at `at` and has `bytes`. The first line that this changes is returned. */
  append(text: string, { at, bytes }: { readonly at: number; readonly bytes: number }): number {
    const open = this.#isOpen ? this.#lines.pop() : undefined;
    if (open !== undefined) this.#size -= open.text.length;
    const changed = this.#firstNumber + this.#lines.length;
    const style = open?.style ?? this.#styleAtEnd();
    const read = readLines(open === undefined ? text : open.text + text, {
      at: open?.at ?? at,
      style,
      counted: open === undefined ? null : { text, at },
    });
    this.#isOpen = read.isOpen;
    this.#add(read.lines);
    this.#end = at + bytes;
    while (this.#size > this.#most && this.#lines.length > 1) this.#dropFirst();
    return changed;
  }

  /** What comes before; it ends where a line ends. Returns how many lines it has. */
  prepend(text: string, at: number): number {
    const { lines } = readLines(text, { at, style: plainStyle, counted: null });
    this.#lines = [...lines, ...this.#lines];
    this.#firstNumber -= lines.length;
    this.#size += sizeOf(lines);
    while (this.#size > this.#most && this.#lines.length > lines.length) this.#dropLast();
    return lines.length;
  }

  #add(lines: readonly Line[]): void {
    for (const line of lines) this.#lines.push(line);
    this.#size += sizeOf(lines);
  }

  #styleAtEnd(): Style {
    const last = this.#lines.at(-1);
    return last === undefined ? plainStyle : styleAfter(last.text, last.style);
  }

  #dropFirst(): void {
    // Many at once, since each time moves all that are left.
    const count = Math.max(1, Math.floor(this.#lines.length / 16));
    this.#size -= sizeOf(this.#lines.splice(0, count));
    this.#firstNumber += count;
  }

  #dropLast(): void {
    const dropped = this.#lines.pop()!;
    this.#size -= dropped.text.length;
    this.#end = dropped.at;
    this.#isOpen = false;
    this.#wasCut = true;
  }
}

function sizeOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { text }) => sum + text.length, 0);
}

interface ReadFrom {
  readonly at: number;
  readonly style: Style;
  /** Where the text is new that follows an open line, so that bytes that were overwritten are counted too. */
  readonly counted: { readonly text: string; readonly at: number } | null;
}

function readLines(text: string, { at, style, counted }: ReadFrom): { lines: Line[]; isOpen: boolean } {
  const lines: Line[] = [];
  const newFrom = counted === null ? 0 : text.length - counted.text.length;
  let from = 0;
  let start = at;
  let begins = style;
  const push = (end: number, next: number) => {
    const kept = withoutOverwritten(text.slice(from, end));
    for (let cut = 0; cut === 0 || cut < kept.length; cut += mostOfLine) {
      const piece = kept.slice(cut, cut + mostOfLine);
      lines.push({ text: piece, style: begins, at: start });
      if (piece.includes("\x1b")) begins = styleAfter(piece, begins);
    }
    // An open line may be shorter than what it was: what came with this text is counted from where it began.
    start = from < newFrom
      ? counted!.at + byteLength(text.slice(newFrom, next))
      : start + byteLength(text.slice(from, next));
    from = next;
  };
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) push(end, end + 1);
  const isOpen = from < text.length;
  if (isOpen) push(text.length, text.length);
  return { lines, isOpen };
}

/** What is left of a line after its carriage returns: its last part, which looks as those before it let it. */
export function withoutOverwritten(line: string): string {
  if (!line.includes("\r")) return line;
  const isOver = line.endsWith("\r");
  const whole = line.replace(/\r+$/, "");
  const last = whole.lastIndexOf("\r");
  // deno-lint-ignore no-control-regex -- styles are what is kept of it
  const styles = whole.slice(0, last + 1).match(/\x1b\[[0-9;:]*m/g) ?? [];
  const kept = styles.slice(-16).join("") + whole.slice(last + 1);
  return isOver ? `${kept}\r` : kept;
}

const encoder = new TextEncoder();

export function byteLength(text: string): number {
  return encoder.encode(text).length;
}
