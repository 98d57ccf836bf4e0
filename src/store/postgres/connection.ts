/**
 * The connections of one process to PostgreSQL. Nothing depends on the state of a session, so that a pooler in
 * transaction mode may stand between: names are written out with their schema, and locks end with their transaction.
 */

import postgres from "postgres";
import type { SqlRow } from "../rows.ts";
import { isLostRace, ServerSilent, translated } from "./errors.ts";

export type PgValue = null | number | string | Uint8Array | readonly (number | string | null)[];

/** Statements in which `@name` stands for a table of ours, and `@now` for the store's time. */
export interface Queries {
  all(text: string, ...values: PgValue[]): Promise<SqlRow[]>;
  first(text: string, ...values: PgValue[]): Promise<SqlRow | undefined>;
  /** How many rows were changed. */
  run(text: string, ...values: PgValue[]): Promise<number>;
  /** Wakes whoever listens, on every host, when the transaction is committed. */
  wakeAll(): Promise<void>;
}

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
/** How long it may take to connect, in seconds. */
const connectTimeoutS = 10;

type Sql = postgres.Sql<{ bigint: number }>;

/** How often a transaction that lost against others is tried before that is an error. */
const raceTries = 20;
/** The server's time in UTC milliseconds. */
const serverNow = "(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)";

export class Connection {
  #sql: Sql;
  readonly #options: ConnectionOptions;
  readonly #listeners: (() => void)[] = [];
  readonly #texts = new Map<string, string>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#sql = this.#connect();
  }

  #connect(): Sql {
    return postgres(this.#options.url, {
      max: this.#options.most ?? 2,
      onnotice: () => {},
      connect_timeout: connectTimeoutS,
      connection: { application_name: "queuectl" },
      types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
    });
  }

  /** Reads by one statement. */
  async read<T>(body: (queries: Queries) => Promise<T>): Promise<T> {
    return await this.#watched((answered) => body(this.#queries(this.#sql, answered)));
  }

  /** Reads one consistent state by several statements. */
  async snapshot<T>(body: (queries: Queries) => Promise<T>): Promise<T> {
    return await this.#inTransaction("isolation level repeatable read read only", body);
  }

  /** Writes all or nothing. The body is repeated where it lost against another transaction. */
  async write<T>(body: (queries: Queries) => Promise<T>): Promise<T> {
    return await this.#inTransaction("", body);
  }

  /** By a connection of its own, which comes back by itself. A pooler may swallow it; then only polling is left. */
  async listen(callback: () => void): Promise<void> {
    this.#listeners.push(callback);
    await this.#watched(() => this.#sql.listen(this.#channel, callback));
  }

  get #channel(): string {
    return `queuectl_wake_${this.#options.schema}`;
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: 0 });
  }

  async #inTransaction<T>(mode: string, body: (queries: Queries) => Promise<T>): Promise<T> {
    for (let tries = 1;; tries++) {
      try {
        return await this.#watched(async (answered) =>
          await this.#sql.begin(mode, (transaction) => body(this.#queries(transaction, answered))) as T
        );
      } catch (error) {
        if (!isLostRace(error) || tries === raceTries) throw error;
      }
    }
  }

  #queries(sql: postgres.ISql<{ bigint: number }>, answered: () => void): Queries {
    const query = async (text: string, values: PgValue[]) => {
      const rows = await sql.unsafe<SqlRow[]>(
        this.#spelledOut(text),
        values as postgres.ParameterOrJSON<number>[],
        { prepare: this.#options.clock === undefined },
      );
      answered();
      return rows;
    };
    return {
      all: async (text, ...values) => await query(text, values),
      first: async (text, ...values) => (await query(text, values))[0],
      run: async (text, ...values) => (await query(text, values)).count,
      wakeAll: async () => void await query("SELECT pg_notify($1, '')", [this.#channel]),
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

  /** Gives up on a server that answers nothing for too long, and connects anew then. */
  async #watched<T>(body: (answered: () => void) => Promise<T>): Promise<T> {
    const given = Promise.withResolvers<never>();
    const answerMs = this.#options.answerMs ?? longestAnswerMs;
    const giveUp = () => {
      given.reject(new ServerSilent(`the server has not answered for ${answerMs / 1000} s`));
      this.#startOver();
    };
    let timer = setTimeout(giveUp, answerMs);
    const answered = () => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, answerMs);
    };
    try {
      return await Promise.race([body(answered), given.promise]);
    } catch (error) {
      throw translated(error, this.#options.location);
    } finally {
      clearTimeout(timer);
    }
  }

  #startOver(): void {
    const silent = this.#sql;
    this.#sql = this.#connect();
    // What waits for the old ones ends with an error.
    void silent.end({ timeout: 0 }).catch(() => {});
    for (const listener of this.#listeners) this.#sql.listen(this.#channel, listener).catch(() => {});
  }
}
