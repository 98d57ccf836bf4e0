/** A TCP proxy before a server, which can be told to misbehave as networks do. */

import net from "node:net";
import type { Place } from "./postgres.ts";

export class TestProxy implements AsyncDisposable {
  readonly #server: net.Server;
  readonly #open = new Set<net.Socket>();
  #isSilent = false;
  /** How long everything is held up in either direction, in milliseconds. */
  delayMs = 0;

  private constructor(server: net.Server) {
    this.#server = server;
  }

  /** Passes connections to `hostname` on to a server: where it listens, or its port on 127.0.0.1. */
  static async start(target: Place | number, hostname = "127.0.0.1"): Promise<TestProxy> {
    const server = net.createServer();
    const proxy = new TestProxy(server);
    const place = typeof target === "number" ? { host: "127.0.0.1", port: target } : target;
    server.on("connection", (client) => proxy.#serve(client, place));
    await new Promise<void>((resolve) => server.listen(0, hostname, () => resolve()));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** From now on nothing is passed on, and no connection is closed: what a pulled cable looks like. */
  fallSilent(): void {
    this.#isSilent = true;
    for (const socket of this.#open) socket.pause();
  }

  /** New connections are passed on again. Those of the silence stay half-open: whoever waits has to give up. */
  recover(): void {
    this.#isSilent = false;
  }

  /** Closes every connection in order (FIN). */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
  }

  /** Breaks every connection off (RST). */
  reset(): void {
    for (const socket of this.#open) socket.resetAndDestroy();
    this.#open.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await closed;
  }

  #serve(client: net.Socket, target: Place): void {
    this.#keep(client);
    if (this.#isSilent) return void client.pause();
    const server = net.connect(target);
    this.#keep(server);
    this.#pass(client, server);
    this.#pass(server, client);
  }

  #keep(socket: net.Socket): void {
    this.#open.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#open.delete(socket));
  }

  #pass(from: net.Socket, to: net.Socket): void {
    const later = (act: () => void) => {
      const unlessGone = () => {
        if (!to.destroyed) act();
      };
      if (this.delayMs === 0) unlessGone();
      else setTimeout(unlessGone, this.delayMs);
    };
    from.on("data", (data: Uint8Array) => later(() => void to.write(data)));
    from.on("end", () => later(() => void to.end()));
    from.on("close", () => later(() => void to.destroy()));
  }
}
