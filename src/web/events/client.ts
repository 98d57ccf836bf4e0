/**
 * One client of events. What it has not taken yet is kept for it up to a bound; a client that is slower than that loses
 * all of it, and is told so by the event `reset`: it then asks anew for what it shows.
 */

import { encodeEvent } from "./sse.ts";

/** What is kept for a client that does not read, in bytes. */
export const mostKeptBytes = 256 * 1024;

const reset = encodeEvent({ event: "reset", data: { why: "slow" } });

export class EventClient {
  readonly body: ReadableStream<Uint8Array>;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #isEnded = false;
  #wake: (() => void) | null = null;

  /** `onGone` is told once, when the client has left or was ended. */
  constructor(onGone: () => void) {
    this.body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (this.#kept.length === 0 && !this.#isEnded) {
          await new Promise<void>((resolve) => this.#wake = resolve);
        }
        const next = this.#kept.shift();
        if (next !== undefined) {
          this.#keptBytes -= next.length;
          controller.enqueue(next);
        } else if (this.#isEnded) controller.close();
      },
      cancel: () => {
        this.end();
        onGone();
      },
    }, { highWaterMark: 0 });
  }

  /** How much is kept for it now. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  send(event: Uint8Array): void {
    if (this.#isEnded) return;
    if (this.#keptBytes + event.length > mostKeptBytes) {
      this.#kept = [reset];
      this.#keptBytes = reset.length;
    } else {
      this.#kept.push(event);
      this.#keptBytes += event.length;
    }
    this.#ring();
  }

  /** Nothing more comes; what is kept can still be taken. */
  end(): void {
    this.#isEnded = true;
    this.#ring();
  }

  #ring(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
