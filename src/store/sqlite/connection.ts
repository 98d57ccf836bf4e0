/**
 * One connection: short transactions, statements kept, busy waits short and retried outside.
 * Calls into SQLite block the event loop, so a lock is waited for in slices with jitter between them.
 */

import type { Database, Statement } from "./driver.ts";
import { type ErrorPlace, isBusy, translated } from "./errors.ts";

/** How long one call waits inside SQLite for a lock; the rest is waited for outside, where timers run. */
export const busyTimeoutMs = 5;

export interface ConnectionOptions extends ErrorPlace {
  /** How long a locked store is waited for, in milliseconds. */
  readonly patienceMs: number;
  /** From 0 up to, not including, 1: spreads those who wait for the same lock. */
  readonly chance: () => number;
}

/** How much must be on disk when a write returns. */
export type Synchronous = "FULL" | "NORMAL" | "OFF";

/** How large the write-ahead log may grow before it is brought into the database file, in bytes. */
const logLimitBytes = 4_000_000;
/** A connection looks at the log's size with its first write, and then once in so many. */
const writesPerLook = 50;
/** How long a checkpoint waits for writers to pause, in milliseconds. */
const checkpointPatienceMs = 500;
/** For how long no checkpoint is tried after one that a reader or writer kept from finishing; milliseconds. */
const checkpointPauseMs = 10_000;

export class Connection {
  readonly #database: Database;
  readonly #options: ConnectionOptions;
  readonly #statements = new Map<string, Statement>();
  #synchronous: Synchronous | undefined;
  #writes = 0;
  #noCheckpointBefore = 0;

  constructor(database: Database, options: ConnectionOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** The statement of this text, prepared once. */
  sql(text: string): Statement {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#database.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  /** Several statements at once, without results; outside of `read` and `write`. */
  exec(text: string): void {
    this.#database.exec(text);
  }

  /** Reads one consistent state. */
  read<T>(body: () => T): Promise<T> {
    return this.#patiently(() => this.#transaction("BEGIN", body));
  }

  /**
   * Writes all or nothing. BEGIN IMMEDIATE: a read that turns into a write fails as busy at once, whatever the
   * busy timeout.
   */
  async write<T>(synchronous: Synchronous, body: () => T): Promise<T> {
    const result = await this.#patiently(() => {
      if (this.#synchronous !== synchronous) {
        this.sql(`PRAGMA synchronous = ${synchronous}`).run();
        this.#synchronous = synchronous;
      }
      return this.#transaction("BEGIN IMMEDIATE", body);
    });
    if (this.#writes++ % writesPerLook === 0 && this.#logBytes() > logLimitBytes) this.#checkpoint();
    return result;
  }

  /** Something that cannot be in a transaction, tried again while the store is locked. */
  outside<T>(body: () => T): Promise<T> {
    return this.#patiently(body);
  }

  close(): void {
    this.#database.close();
  }

  /**
   * Brings the write-ahead log into the database file, with the writers' lock held. SQLite's automatic checkpoints,
   * which hold no such lock, are off: up to 3.51.2 they can damage a database that others write to at that moment
   * (sqlite.org/wal.html, "the WAL-reset bug").
   */
  #checkpoint(): void {
    if (performance.now() < this.#noCheckpointBefore) return;
    try {
      this.exec(`PRAGMA busy_timeout = ${checkpointPatienceMs}`);
      const result = this.sql("PRAGMA wal_checkpoint(FULL)").get();
      if (result?.busy !== 0) this.#noCheckpointBefore = performance.now() + checkpointPauseMs;
    } catch {
      // The log stays as it is and is read from there; the next checkpoint comes soon.
    } finally {
      this.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    }
  }

  #logBytes(): number {
    try {
      return Deno.statSync(`${this.#options.location}-wal`).size;
    } catch {
      return 0;
    }
  }

  #transaction<T>(begin: string, body: () => T): T {
    this.sql(begin).run();
    let result: T;
    try {
      result = body();
      this.sql("COMMIT").run();
    } catch (error) {
      this.#rollBack();
      throw error;
    }
    return result;
  }

  #rollBack(): void {
    try {
      this.sql("ROLLBACK").run();
    } catch {
      // SQLite rolls back by itself after a full disk or an I/O error; then there is nothing left to roll back.
    }
  }

  async #patiently<T>(body: () => T): Promise<T> {
    const giveUpAt = performance.now() + this.#options.patienceMs;
    for (let tries = 0;; tries++) {
      try {
        return body();
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUpAt) throw translated(error, this.#options);
        const slice = Math.min(2 * 1.5 ** tries, 400);
        await new Promise((resolve) => setTimeout(resolve, slice * (0.5 + this.#options.chance())));
      }
    }
  }
}
