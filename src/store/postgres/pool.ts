/** A few connections to whichever server will do. One that breaks is thrown away; who comes next gets a new one. */

import { Client, type ClientOptions } from "./client.ts";
import { BrokenConnection, codeOf, isReadOnly, readOnly } from "./errors.ts";
import { messageOf } from "../../core/errors.ts";
import type { Servers } from "./servers.ts";

export interface PoolOptions extends ClientOptions {
  readonly servers: Servers;
  /** How many connections at most. */
  readonly most: number;
}

export class Pool {
  readonly #options: PoolOptions;
  readonly #free: Client[] = [];
  readonly #waiting: (() => void)[] = [];
  #slots: number;
  /** The server that served last, where to look first. */
  #last = 0;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#slots = options.most;
  }

  /** Lends a connection to one caller at a time, in the order in which they come. */
  async use<T>(body: (client: Client) => Promise<T>): Promise<T> {
    await this.#takeSlot();
    try {
      const client = this.#takeFree() ?? await this.connect();
      try {
        return await body(client);
      } catch (error) {
        // A failover may have made another server the one to write to.
        if (isReadOnly(error)) this.#startOver(client);
        throw error;
      } finally {
        if (this.#isClosed) client.discard();
        if (client.isUsable) this.#free.push(client);
      }
    } finally {
      this.#slots++;
      this.#waiting.shift()?.();
    }
  }

  /** A new connection that belongs to the caller, to a server that may be written to where that is asked for. */
  async connect(options: ClientOptions = this.#options): Promise<Client> {
    const { urls, mustBeWritable } = this.#options.servers;
    if (urls.length === 1 && !mustBeWritable) return this.#client(0, options);
    const troubles: string[] = [];
    let code: string | undefined;
    for (let step = 0; step < urls.length; step++) {
      const index = (this.#last + step) % urls.length;
      const client = this.#client(index, options);
      try {
        const [row] = await client.query("SHOW transaction_read_only");
        if (!mustBeWritable || row?.transaction_read_only === "off") {
          this.#last = index;
          return client;
        }
        troubles.push(`${hostOf(urls[index]!)} is read-only`);
      } catch (error) {
        code ??= codeOf(error);
        troubles.push(messageOf(error));
      }
      await client.close();
    }
    throw new BrokenConnection(
      code ?? readOnly,
      `no server can be ${mustBeWritable ? "written to" : "reached"}: ${troubles.join("; ")}`,
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#free.splice(0).map((client) => client.close()));
  }

  #client(index: number, options: ClientOptions): Client {
    if (this.#isClosed) throw new BrokenConnection("CONNECTION_ENDED", "the store is closed");
    return new Client(this.#options.servers.urls[index]!, options);
  }

  #takeFree(): Client | undefined {
    for (let client; (client = this.#free.pop()) !== undefined;) if (client.isUsable) return client;
  }

  async #takeSlot(): Promise<void> {
    while (this.#slots === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#slots--;
  }

  #startOver(client: Client): void {
    for (const each of [client, ...this.#free.splice(0)]) each.discard();
  }
}

function hostOf(url: string): string {
  return /^\w+:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(url)?.[1] ?? "";
}
