/**
 * The connections of one process to PostgreSQL. Nothing depends on the state of a session, so that a pooler in
 * transaction mode may stand between: names are written out with their schema, and locks end with their transaction.
 */

import postgres from "postgres";
import type { SqlRow } from "../rows.ts";
import { isLostRace, translated } from "./errors.ts";

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
}

/** How often a transaction that lost against others is tried before that is an error. */
const raceTries = 20;
/** The server's time in UTC milliseconds. */
const serverNow = "(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)";

export class Connection {
  readonly #sql: postgres.Sql<{ bigint: number }>;
  readonly #options: ConnectionOptions;
  readonly #texts = new Map<string, string>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#sql = postgres(options.url, {
      max: options.most ?? 2,
      onnotice: () => {},
      connection: { application_name: "queuectl" },
      types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
    });
  }

  /** Reads by one statement. */
  async read<T>(body: (queries: Queries) => Promise<T>): Promise<T> {
    return await this.#translating(() => body(this.#queries(this.#sql)));
  }

  /** Reads one consistent state by several statements. */
  async snapshot<T>(body: (queries: Queries) => Promise<T>): Promise<T> {
    return await this.#translating(() =>
      this.#begin(
        "isolation level repeatable read read only",
        (transaction) => body(this.#queries(transaction)),
      )
    );
  }

  /** Writes all or nothing. The body is repeated where it lost against another transaction. */
  async write<T>(body: (queries: Queries) => Promise<T>): Promise<T> {
    return await this.#translating(async () => {
      for (let tries = 1;; tries++) {
        try {
          return await this.#begin("", (transaction) => body(this.#queries(transaction)));
        } catch (error) {
          if (!isLostRace(error) || tries === raceTries) throw error;
        }
      }
    });
  }

  /** Several statements at once, without values or results; within a transaction of its own. */
  async exec(text: string): Promise<void> {
    await this.#translating(() => this.#sql.unsafe(this.#spelledOut(text)).simple());
  }

  /** By a connection of its own, which comes back by itself. A pooler may swallow it; then only polling is left. */
  async listen(callback: () => void): Promise<void> {
    await this.#translating(() => this.#sql.listen(this.#channel, callback));
  }

  get #channel(): string {
    return `queuectl_wake_${this.#options.schema}`;
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: 0 });
  }

  async #begin<T>(
    mode: string,
    body: (transaction: postgres.TransactionSql<{ bigint: number }>) => Promise<T>,
  ) {
    return await this.#sql.begin(mode, body) as T;
  }

  #queries(sql: postgres.ISql<{ bigint: number }>): Queries {
    const query = (text: string, values: PgValue[]) =>
      sql.unsafe<SqlRow[]>(this.#spelledOut(text), values as postgres.ParameterOrJSON<number>[], {
        prepare: this.#options.clock === undefined,
      });
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

  async #translating<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      throw translated(error, this.#options.location);
    }
  }
}
