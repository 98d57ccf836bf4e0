/**
 * The connections of one process to PostgreSQL. Nothing depends on the state of a session, so that a pooler in
 * transaction mode may stand between: names are written out with their schema, and locks end with their transaction.
 */

import type { SqlRow } from "../rows.ts";
import type { Client, PgValue } from "./client.ts";
import { isLostRace, isOfAnotherSession, translated } from "./errors.ts";
import { Listener } from "./listener.ts";
import { Pool } from "./pool.ts";
import { serversOf } from "./servers.ts";

/** Statements in which `@name` stands for a table of ours, and `@now` for the store's time. */
export interface Queries {
  all(text: string, ...values: PgValue[]): Promise<SqlRow[]>;
  first(text: string, ...values: PgValue[]): Promise<SqlRow | undefined>;
  /** How many rows were changed. */
  run(text: string, ...values: PgValue[]): Promise<number>;
  /** Calls whoever listens, on every host, when the transaction is committed. */
  notify(channel: Channel): Promise<void>;
}

/** `wake`: there may be something to do. `end`: a job that somebody waits for has ended. */
export type Channel = "wake" | "end";

export interface ConnectionOptions {
  readonly url: string;
  readonly schema: string;
  /** How the store is named in messages: without the password. */
  readonly location: string;
  /** UTC milliseconds in place of the server's own, for tests. */
  readonly clock?: (() => number) | undefined;
  /** How many connections at most. A second one lets a heartbeat pass a long transaction. */
  readonly most?: number | undefined;
  /** How long an answer of the server is waited for, in milliseconds. */
  readonly answerMs?: number | undefined;
}

/** An answer that takes longer will not come: a cable was pulled, or a firewall has forgotten the connection. */
const longestAnswerMs = 20_000;
/** How often a transaction that lost against others is tried before that is an error. */
const raceTries = 20;
/** The server's time in UTC milliseconds. */
const serverNow = "(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)";

export class Connection {
  readonly #pool: Pool;
  readonly #options: ConnectionOptions;
  readonly #answerMs: number;
  readonly #listeners: Listener[] = [];
  readonly #texts = new Map<string, string>();
  /** A clock of a test's own is written into the statements, of which there are too many then. */
  #prepares: boolean;
  /** Whether a statement by itself is what a write needs; a user may have set something else. */
  #isReadCommitted: boolean | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#prepares = options.clock === undefined;
    this.#answerMs = options.answerMs ?? longestAnswerMs;
    this.#pool = new Pool({
      servers: serversOf(options.url),
      most: options.most ?? 2,
      answerMs: this.#answerMs,
    });
  }

  /** Reads by one statement. */
  async read<T>(body: (queries: Queries) => Promise<T>): Promise<T> {
    return await this.#use((client) => body(this.#queries(client)));
  }

  /** Reads one consistent state by several statements. */
  async snapshot<T>(body: (queries: Queries) => Promise<T>): Promise<T> {
    return await this.#inTransaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body);
  }

  /** Writes all or nothing. The body is repeated where it lost against another transaction. */
  async write<T>(body: (queries: Queries) => Promise<T>): Promise<T> {
    return await this.#inTransaction("BEGIN ISOLATION LEVEL READ COMMITTED", body);
  }

  /** Writes by one statement: a transaction by itself, in one round trip. */
  async writeAtOnce(text: string, ...values: readonly PgValue[]): Promise<SqlRow[]> {
    const body = (queries: Queries) => queries.all(text, ...values);
    this.#isReadCommitted ??= await this.read(isReadCommitted);
    return this.#isReadCommitted
      ? await this.#repeating((client) => body(this.#queries(client)))
      : await this.write(body);
  }

  /**
   * By a connection of its own, which comes back by itself, also where it cannot be had at first and this throws.
   * A pooler may swallow it; then only polling is left.
   */
  async listen(channel: Channel, callback: () => void): Promise<void> {
    const connect = (onNotify: () => void) => this.#pool.connect({ answerMs: this.#answerMs, onNotify });
    const listener = new Listener({
      connect,
      channel: this.#nameOf(channel),
      callback,
      checkEveryMs: this.#answerMs,
    });
    this.#listeners.push(listener);
    await this.#translating(listener.start());
  }

  #nameOf(channel: Channel): string {
    return `queuectl_${channel}_${this.#options.schema}`;
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), ...this.#listeners.map((listener) => listener.close())]);
  }

  #inTransaction<T>(begin: string, body: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#repeating((client) => this.#transact(client, begin, body));
  }

  async #repeating<T>(body: (client: Client) => Promise<T>): Promise<T> {
    for (let tries = 1;; tries++) {
      try {
        return await this.#use(body);
      } catch (error) {
        if (!isLostRace(error) || tries === raceTries) throw error;
      }
    }
  }

  async #transact<T>(client: Client, begin: string, body: (queries: Queries) => Promise<T>): Promise<T> {
    // A host that is cut off in the middle must not hold its locks for ever.
    await client.query(`${begin}; SET LOCAL idle_in_transaction_session_timeout = ${this.#answerMs}`);
    let result: T;
    try {
      result = await body(this.#queries(client));
    } catch (error) {
      // What has no connection any more is rolled back by the server.
      if (client.isUsable) await client.query("ROLLBACK").catch(() => client.discard());
      throw error;
    }
    const { command } = await client.query("COMMIT");
    if (command !== "COMMIT") {
      throw new Error("a transaction was committed after one of its statements had failed");
    }
    return result;
  }

  async #use<T>(body: (client: Client) => Promise<T>): Promise<T> {
    const didPrepare = this.#prepares;
    try {
      return await this.#translating(this.#pool.use(body));
    } catch (error) {
      if (!didPrepare || !isOfAnotherSession(error)) throw error;
      // A pooler that knows nothing of prepared statements lends another session for each transaction.
      this.#prepares = false;
      return await this.#translating(this.#pool.use(body));
    }
  }

  async #translating<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw translated(error, this.#options.location);
    }
  }

  #queries(client: Client): Queries {
    const query = (text: string, values: PgValue[]) =>
      client.query(this.#spelledOut(text), values, this.#prepares);
    return {
      all: (text, ...values) => query(text, values),
      first: async (text, ...values) => (await query(text, values))[0],
      run: async (text, ...values) => (await query(text, values)).count,
      notify: async (channel) => void await query("SELECT pg_notify($1, '')", [this.#nameOf(channel)]),
    };
  }

  #spelledOut(text: string): string {
    const { clock, schema } = this.#options;
    let spelled = this.#texts.get(text);
    if (spelled === undefined) {
      spelled = text.replaceAll(/@(?!now\b)(\w+)/g, (_, name) => `"${schema}".${name}`);
      if (clock === undefined) spelled = spelled.replaceAll("@now", serverNow);
      this.#texts.set(text, spelled);
    }
    return clock === undefined ? spelled : spelled.replaceAll("@now", `${clock()}::bigint`);
  }
}

async function isReadCommitted(queries: Queries): Promise<boolean> {
  const row = await queries.first("SHOW default_transaction_isolation");
  return row?.default_transaction_isolation === "read committed";
}
