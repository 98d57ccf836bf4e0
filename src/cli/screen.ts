import type { Output } from "./world.ts";

/**
 * A terminal that is drawn on again and again, without flicker. The alternate screen is used, so that what was there
 * before is there again afterwards.
 */
export class Screen {
  readonly #output: Output;
  #isOpen = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Replaces what is shown; lines that are too long or too many are cut. */
  draw(lines: readonly string[]): void {
    // Alternate screen, no cursor, no wrapping: a long line must not push the others down.
    const opening = this.#isOpen ? "" : "\x1b[?1049h\x1b[?25l\x1b[?7l";
    this.#isOpen = true;
    // Over what is there, each line to its end, then what is left below: nothing is blank in between.
    const drawn = lines.slice(0, this.#output.rows).map((line) => `${line}\x1b[K`).join("\n");
    this.#output.write(`${opening}\x1b[H${drawn}\x1b[J`);
  }

  /** Gives the terminal back as it was; it may be gone. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.#output.write("\x1b[?7h\x1b[?25h\x1b[?1049l");
    } catch {
      // Nobody sees it any more.
    }
  }
}
