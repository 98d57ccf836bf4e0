/** Listens on one channel by a connection of its own, and comes back by itself when that breaks. */

import type { Client } from "./client.ts";

/** The first and the longest wait before another try, in milliseconds. */
const wait = { firstMs: 100, longestMs: 10_000 };

export class Listener {
  readonly #connect: (onNotify: () => void) => Promise<Client>;
  readonly #channel: string;
  readonly #callback: () => void;
  readonly #closed = Promise.withResolvers<void>();
  #isClosed = false;
  #waitMs = wait.firstMs;

  constructor(connect: (onNotify: () => void) => Promise<Client>, channel: string, callback: () => void) {
    this.#connect = connect;
    this.#channel = channel;
    this.#callback = callback;
  }

  /** Returns once it listens. Throws where that fails at first, and goes on trying. */
  async start(): Promise<void> {
    const client = this.#listen();
    void this.#stayOn(client);
    await client;
  }

  close(): void {
    this.#isClosed = true;
    this.#closed.resolve();
  }

  async #stayOn(first: Promise<Client>): Promise<void> {
    for (let client: Promise<Client> | undefined = first; client !== undefined;) {
      await client.then((each) => this.#untilBroken(each), () => {});
      client = await this.#pause() ? this.#listen() : undefined;
      // Whatever was sent meanwhile was not heard.
      void client?.then(this.#callback, () => {});
    }
  }

  async #listen(): Promise<Client> {
    const client = await this.#connect(this.#callback);
    try {
      await client.query(`LISTEN "${this.#channel}"`);
    } catch (error) {
      // A standby refuses it and stays connected.
      await client.close();
      throw error;
    }
    this.#waitMs = wait.firstMs;
    return client;
  }

  async #untilBroken(client: Client): Promise<void> {
    await Promise.race([client.broken, this.#closed.promise]);
    await client.close();
  }

  /** False where it was closed meanwhile. */
  async #pause(): Promise<boolean> {
    if (this.#isClosed) return false;
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, this.#waitMs);
    this.#waitMs = Math.min(2 * this.#waitMs, wait.longestMs);
    await Promise.race([over.promise, this.#closed.promise]);
    clearTimeout(timer);
    return !this.#isClosed;
  }
}
