/** Listens on one channel by a connection of its own, and comes back by itself when that breaks. */

import type { Client } from "./client.ts";

/** The first and the longest wait before another try, in milliseconds. */
const wait = { firstMs: 100, longestMs: 10_000 };

export interface ListenerOptions {
  readonly connect: (onNotify: () => void) => Promise<Client>;
  readonly channel: string;
  readonly callback: () => void;
  /** How often it is seen to that the server still answers, in milliseconds. */
  readonly checkEveryMs: number;
}

export class Listener {
  readonly #options: ListenerOptions;
  #isClosed = false;
  #waitMs = wait.firstMs;
  /** Ends the wait that is under way. */
  #wake: (() => void) | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Returns once it listens. Throws where that fails at first, and goes on trying. */
  async start(): Promise<void> {
    const client = this.#listen();
    void this.#stayOn(client);
    await client;
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  async #stayOn(first: Promise<Client>): Promise<void> {
    for (let client = first; !this.#isClosed;) {
      await client.then((each) => this.#untilBroken(each), () => {});
      if (this.#isClosed) return;
      await this.#wait(this.#waitMs);
      this.#waitMs = Math.min(2 * this.#waitMs, wait.longestMs);
      if (this.#isClosed) return;
      client = this.#listen();
      // Whatever was sent meanwhile was not heard.
      void client.then(this.#options.callback, () => {});
    }
  }

  async #listen(): Promise<Client> {
    const client = await this.#options.connect(this.#options.callback);
    try {
      await client.query(`LISTEN "${this.#options.channel}"`);
    } catch (error) {
      // A standby refuses it and stays connected.
      await client.close();
      throw error;
    }
    this.#waitMs = wait.firstMs;
    return client;
  }

  /** A connection that only listens does not notice that it was cut off, so now and then it asks something. */
  async #untilBroken(client: Client): Promise<void> {
    void client.broken.then(() => this.#wake?.());
    while (!this.#isClosed && client.isUsable) {
      await this.#wait(this.#options.checkEveryMs);
      if (!this.#isClosed && client.isUsable) await client.query("SELECT 1").catch(() => {});
    }
    await client.close();
  }

  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
