/**
 * What one stream of one run wrote, as far as it is loaded: its end first, earlier parts where they are asked for, and
 * what comes while it runs. What the page holds has a bound, whatever the run writes.
 */

import { signal } from "@preact/signals";
import { ApiError } from "../api/api_error.ts";
import { type OutputOf, outputUrl, readOutputBefore, readOutputEnd } from "../api/output.ts";
import { OutputText } from "./output_text.ts";

/** How much is loaded at first, and with each step back, in bytes. */
const endBytes = 256 * 1024;
const stepBytes = 1024 * 1024;
/** How much the page holds at once, in characters. */
const mostCharacters = 12_000_000;

interface OutputEvent {
  readonly offset: number;
  readonly bytes: number;
  readonly text: string;
}

export class OutputSource {
  /** Raised when there is more, or less, of it; once a frame at most. */
  readonly version = signal(0);
  readonly state = signal<"loading" | "live" | "still">("loading");
  readonly error = signal<ApiError | null>(null);
  readonly isLoadingEarlier = signal(false);
  /** Whether what came before the first line is not kept any more. */
  readonly isBeginningGone = signal(false);
  /** Whether it has come to the limit of what is kept, so that from then on parts of it are missing. */
  readonly isOverLimit = signal(false);
  readonly #of: OutputOf;
  readonly #isLive: boolean;
  #text = new OutputText(0, { most: mostCharacters });
  #controller = new AbortController();
  #events: EventSource | null = null;
  #frame: number | null = null;

  /** `isLive`: the run goes on, or did a moment ago. */
  constructor(of: OutputOf, isLive: boolean) {
    this.#of = of;
    this.#isLive = isLive;
  }

  get text(): OutputText {
    return this.#text;
  }

  /** Loads its end, and goes on from there. */
  async start(): Promise<void> {
    this.stop();
    const controller = this.#controller = new AbortController();
    this.state.value = "loading";
    this.error.value = null;
    try {
      const { text, from, to } = await readOutputEnd(this.#of, endBytes, controller.signal);
      this.#text = new OutputText(from, { most: mostCharacters });
      this.#text.append(text, { at: from, bytes: to - from });
      this.isBeginningGone.value = false;
      this.#raise();
      if (this.#isLive) this.#listen();
      else this.state.value = "still";
    } catch (thrown) {
      if (!controller.signal.aborted) this.#fail(thrown);
    }
  }

  stop(): void {
    this.#controller.abort();
    this.#events?.close();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
  }

  /** Loads what comes before what is there. */
  async loadEarlier(): Promise<void> {
    const { signal: aborted } = this.#controller;
    this.isLoadingEarlier.value = true;
    try {
      const to = this.#text.start;
      const part = await readOutputBefore(this.#of, { to, bytes: stepBytes }, aborted);
      if (part === null) this.isBeginningGone.value = true;
      else {
        this.#text.prepend(part.text, part.from);
        // Without its end nothing can be added to it.
        if (this.#text.wasCut) this.#end();
        this.#raise();
      }
    } catch (thrown) {
      if (!aborted.aborted) this.#fail(thrown);
    }
    this.isLoadingEarlier.value = false;
  }

  #listen(): void {
    const events = this.#events = new EventSource(`${outputUrl(this.#of)}?from=${this.#text.end}`);
    this.state.value = "live";
    events.addEventListener("output", ({ data }) => {
      const { offset, bytes, text } = JSON.parse(data) as OutputEvent;
      // Its file was cut, and it goes on from there.
      if (offset < this.#text.end) this.isOverLimit.value = true;
      this.#text.append(text, { at: offset, bytes });
      this.#raise();
    });
    events.addEventListener("skipped", ({ data }) => {
      const { offset, bytes } = JSON.parse(data) as Omit<OutputEvent, "text">;
      this.#text = new OutputText(offset + bytes, { most: mostCharacters });
      this.isBeginningGone.value = true;
      this.#raise();
    });
    events.addEventListener("end", () => this.#end());
    events.addEventListener("error", () => {
      // Otherwise the browser comes back by itself, and says what it had last.
      if (events.readyState !== EventSource.CLOSED) return;
      this.#fail(new ApiError(0, "The output does not come any more", "The server has ended the connection"));
    });
  }

  #end(): void {
    this.#events?.close();
    this.state.value = "still";
  }

  #raise(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.version.value++;
    });
  }

  #fail(thrown: unknown): void {
    this.state.value = "still";
    this.error.value = thrown instanceof ApiError ? thrown : new ApiError(0, String(thrown));
  }
}
