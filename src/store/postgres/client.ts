/**
 * One connection to one server, by the driver `postgres`. It is never mended: once it has broken it refuses all
 * further calls, since the driver writes to sockets that are gone, which ends the process, and reconnects without
 * a pause. So the driver is given one socket, and nothing after that has closed.
 */

import net from "node:net";
import postgres from "postgres";
import type { SqlRow } from "../rows.ts";
import { BrokenConnection, isFromLivingServer } from "./errors.ts";
import { loginOf } from "./login.ts";

export type PgValue = null | number | string | Uint8Array | readonly (number | string | null)[];

export interface ClientOptions {
  /** How long an answer is waited for, in milliseconds. */
  readonly answerMs: number;
  /** Told of each notification on a channel that is listened to. */
  readonly onNotify?: (() => void) | undefined;
}

export interface Rows extends Array<SqlRow> {
  /** How many rows were changed or read. */
  readonly count: number;
  /** What was done, such as `COMMIT`. */
  readonly command: string;
}

/** How long it may take to connect, and then to log in; milliseconds. */
const connectMs = 10_000;

/** What of the driver's options tells where the server is. */
interface Place {
  readonly path?: string | false;
  readonly host: readonly string[];
  readonly port: readonly number[];
}

export class Client {
  readonly #sql: postgres.Sql<{ bigint: number }>;
  readonly #answerMs: number;
  readonly #mustEncrypt: boolean;
  readonly #broken = Promise.withResolvers<void>();
  /** Ends the call that waits for an answer. */
  #giveUp: ((reason: BrokenConnection) => void) | undefined;
  #socket: net.Socket | undefined;
  #isUsable = true;

  /** `url` names one host. Connects when it is first asked something. */
  constructor(url: string, options: ClientOptions) {
    this.#answerMs = options.answerMs;
    const login = loginOf(
      url,
      (name) => Deno.env.get(name),
      ({ message }) => this.#breakOff(new BrokenConnection("ERR_TLS_CERT_ALTNAME_INVALID", message)),
    );
    this.#mustEncrypt = typeof login.tls === "object";
    // The driver knows more options than its types say.
    const driverOptions = {
      max: 1,
      host: login.host,
      port: login.port,
      user: login.user,
      database: login.database,
      password: login.password,
      ssl: login.tls,
      socket: (place: Place) => this.#dial(place),
      onnotify: options.onNotify,
      onnotice: () => {},
      connect_timeout: connectMs / 1000,
      // A connection that was closed for its age in the middle of a transaction would be a broken one.
      max_lifetime: null,
      // Its answer is awaited by nobody, so that a connection that breaks meanwhile ends the process.
      fetch_types: false,
      connection: { application_name: "queuectl", ...login.session },
      types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
    };
    this.#sql = postgres(driverOptions);
  }

  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Resolved once it is not usable any more. */
  get broken(): Promise<void> {
    return this.#broken.promise;
  }

  /** Throws whatever the server or the driver says. The first call must have ended before there is a second. */
  async query(text: string, values: readonly PgValue[] = [], prepare = false): Promise<Rows> {
    if (!this.#isUsable) throw new BrokenConnection("CONNECTION_CLOSED", "it is closed");
    const givenUp = Promise.withResolvers<never>();
    this.#giveUp = givenUp.reject;
    const timer = setTimeout(() => {
      const found = `the server has not answered for ${this.#answerMs / 1000} s`;
      this.#breakOff(new BrokenConnection("ETIMEDOUT", found));
    }, this.#answerMs);
    try {
      const parameters = values.map((value) => Array.isArray(value) ? arrayText(value) : value);
      const query = this.#sql.unsafe(text, parameters as postgres.ParameterOrJSON<number>[], { prepare });
      return await Promise.race([query as unknown as Promise<Rows>, givenUp.promise]);
    } catch (error) {
      if (!isFromLivingServer(error)) this.discard();
      throw error;
    } finally {
      clearTimeout(timer);
      this.#giveUp = undefined;
    }
  }

  /** Takes leave of the server. */
  async close(): Promise<void> {
    await this.#sql.end({ timeout: 0 });
    this.discard();
  }

  /** Breaks the connection off. What waits for an answer ends with an error. */
  discard(): void {
    this.#isUsable = false;
    this.#broken.resolve();
    this.#socket?.destroy();
  }

  #checkOffer(answer: Uint8Array): void {
    if (answer[0] === yes) return;
    this.#breakOff(new BrokenConnection("TLS_NOT_OFFERED", "the server does not encrypt"));
  }

  /** Breaks the connection off for a reason that the driver does not know. */
  #breakOff(reason: BrokenConnection): void {
    this.#giveUp?.(reason);
    this.discard();
  }

  #dial({ path, host, port }: Place): Promise<net.Socket> {
    if (this.#socket !== undefined || !this.#isUsable) {
      return Promise.reject(new BrokenConnection("CONNECTION_CLOSED", "it was closed"));
    }
    const name = path ? path : `${host[0]}:${port[0]}`;
    const socket = path ? net.connect(path) : net.connect(port[0]!, host[0]);
    this.#socket = socket;
    // The driver takes the name for the server's certificate from there.
    Object.assign(socket, { host: host[0], port: port[0] });
    socket.setNoDelay(true);
    return new Promise((resolve, reject) => {
      const fail = (code: string, found: string) => {
        const reason = new BrokenConnection(code, `${name}: ${found}`);
        reject(reason);
        // The driver hears of some ends only.
        this.#breakOff(reason);
      };
      const timer = setTimeout(() => fail("CONNECT_TIMEOUT", "no answer"), connectMs);
      socket.on("connect", () => {
        clearTimeout(timer);
        resolve(socket);
      });
      if (this.#mustEncrypt) socket.once("data", (answer) => this.#checkOffer(answer));
      socket.on("error", (error: Error & { code?: string }) => {
        fail(error.code ?? "ECONNRESET", error.message || error.code || "the connection broke");
      });
      socket.on("close", () => {
        clearTimeout(timer);
        fail("CONNECTION_CLOSED", "the connection was closed");
        // The driver takes all listeners away now; an error of a write that was under way would end the process.
        queueMicrotask(() => socket.on("error", () => {}));
      });
    });
  }
}

/** What a server says that can encrypt. */
const yes = "S".charCodeAt(0);

/** An array as PostgreSQL reads it. */
function arrayText(values: readonly (number | string | null)[]): string {
  const quoted = values.map((value) =>
    value === null ? "NULL" : `"${String(value).replaceAll(/["\\]/g, "\\$&")}"`
  );
  return `{${quoted.join(",")}}`;
}
