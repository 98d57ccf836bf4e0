/** What can be watched, and the two ways to show it: on a terminal in place, for programs as JSON lines. */

import { formatDuration } from "../core/duration.ts";
import type { Store } from "../store/store.ts";
import { paint } from "./paint.ts";
import { Screen } from "./screen.ts";
import type { Session } from "./session.ts";
import { shorten } from "./table.ts";

export interface View<Seen> {
  look(store: Store | null): Promise<Seen>;
  /** As it is shown on a terminal. */
  lines(seen: Seen): readonly string[];
  /** Whether the last lines are those to be kept where not all of them fit, below the first. */
  readonly keepsLast: boolean;
  json(seen: Seen): unknown;
}

/** Shows what was seen last. */
export interface Shown<Seen> {
  see(seen: Seen): void;
  /** About the watching itself. */
  say(text: string): void;
  show(): void;
  close(): void;
}

/** On a terminal, in place. */
export class Redrawn<Seen> implements Shown<Seen> {
  readonly #view: View<Seen>;
  readonly #screen: Screen;
  readonly #session: Session;
  readonly #footer: string;
  #seen: { readonly of: Seen } | undefined;
  #trouble: string | null = null;

  constructor(view: View<Seen>, { everyMs, session }: { everyMs: number; session: Session }) {
    this.#view = view;
    this.#session = session;
    this.#screen = new Screen(session.world.stdout);
    this.#footer = `Every ${formatDuration(everyMs)} · Ctrl-C ends it`;
  }

  say(text: string): void {
    this.#trouble = text;
  }

  see(seen: Seen): void {
    this.#seen = { of: seen };
    this.#trouble = null;
  }

  show(): void {
    const { stdout } = this.#session.world;
    const lines = this.#seen === undefined ? [] : this.#view.lines(this.#seen.of);
    const room = Math.max(1, stdout.rows - 1);
    const hidden = lines.length > room ? `${lines.length - room} more lines do not fit · ` : "";
    const [footer, colour] = this.#trouble === null
      ? [hidden + this.#footer, "dim" as const]
      : [this.#trouble, "red" as const];
    this.#screen.draw([
      ...this.#fitting(lines, room),
      paint(stdout, colour, shorten(footer, stdout.columns)),
    ]);
  }

  close(): void {
    this.#screen.close();
  }

  #fitting(lines: readonly string[], room: number): readonly string[] {
    if (lines.length <= room) return lines;
    if (!this.#view.keepsLast || room === 1) return lines.slice(0, room);
    return [lines[0]!, ...lines.slice(1 - room)];
  }
}

/** One document a line, whenever it is another one. */
export class JsonLines<Seen> implements Shown<Seen> {
  readonly #view: View<Seen>;
  readonly #session: Session;
  #line = "";
  #printed = "";

  constructor(view: View<Seen>, session: Session) {
    this.#view = view;
    this.#session = session;
  }

  say(text: string): void {
    this.#session.say(text);
  }

  see(seen: Seen): void {
    this.#line = JSON.stringify(this.#view.json(seen));
  }

  show(): void {
    if (this.#line === this.#printed) return;
    this.#session.print(this.#line);
    this.#printed = this.#line;
  }

  close(): void {}
}
