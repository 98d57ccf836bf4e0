/**
 * A real driver whose Nth call from now fails, in the words in which the real one would report it. A call is one
 * `exec`, one `prepare`, or one execution of a statement. Calls that cannot fail in SQLite are left alone.
 */

import type { SqlRow } from "../../src/store/rows.ts";
import type { Database, Driver, SqlValue, Statement } from "../../src/store/sqlite/driver.ts";

export const faults = [
  "busy once",
  "busy for ever",
  "I/O error",
  "I/O error that rolls back",
  "I/O error told too late",
  "full disk",
  "full disk that rolls back",
  "killed before",
  "killed after",
] as const;
/**
 * What the call meets. `… that rolls back`: SQLite ends the transaction by itself, as it may for these two.
 * `… told too late`: a COMMIT had done its work, which it may have where its last sync fails.
 * `killed`: nothing that comes after it reaches the file.
 */
export type Fault = (typeof faults)[number];

/** Stands for the death of the process: whoever catches it is not there any more. */
export class Killed extends Error {}

const messages = {
  "busy once": "database is locked",
  "busy for ever": "database is locked",
  "I/O error": "disk I/O error",
  "I/O error that rolls back": "disk I/O error",
  "I/O error told too late": "disk I/O error",
  "full disk": "database or disk is full",
  "full disk that rolls back": "database or disk is full",
} as const;

const codes: Readonly<Record<string, number>> = {
  "database is locked": 5,
  "disk I/O error": 10,
  "database or disk is full": 13,
};

/** No power fails here, so that nothing is gained by waiting for a disk. */
function unsynced(sql: string): string {
  return sql.startsWith("PRAGMA synchronous") ? "PRAGMA synchronous = OFF" : sql;
}

/** What has nothing to wait for, to write or to read. */
const cannotFail = /^(ROLLBACK|PRAGMA busy_timeout)/;

export class FaultyDriver implements Driver {
  readonly name: Driver["name"];
  readonly note = null;
  readonly sqliteVersion = "";
  readonly #driver: Driver;
  #database: Database | undefined;
  #fault: Fault | null = null;
  #callsLeft = Infinity;
  #isDead = false;
  /** How many calls came since the last `arm`. */
  calls = 0;
  /** Called after each COMMIT that reached the file. */
  onCommit: () => void = () => {};

  constructor(driver: Driver) {
    this.#driver = driver;
    this.name = driver.name;
  }

  /** Lets the call after `before` others meet a fault, or none for null. */
  arm(fault: Fault | null, before: number): void {
    this.#fault = fault;
    this.#callsLeft = before;
    this.calls = 0;
  }

  open(path: string, options: Parameters<Driver["open"]>[1]): Database {
    const database = this.#driver.open(path, options);
    this.#database = database;
    return {
      exec: (sql) => this.#call(sql, "exec", () => database.exec(sql)),
      prepare: (sql) => this.#wrap(sql, this.#call(sql, "prepare", () => database.prepare(unsynced(sql)))),
      close: () => database.close(),
    };
  }

  #wrap(sql: string, statement: Statement): Statement {
    return {
      run: (...values: SqlValue[]): number => this.#call(sql, "run", () => statement.run(...values)),
      get: (...values: SqlValue[]): SqlRow | undefined =>
        this.#call(sql, "run", () => statement.get(...values)),
      all: (...values: SqlValue[]): SqlRow[] => this.#call(sql, "run", () => statement.all(...values)),
    };
  }

  #call<T>(sql: string, kind: "exec" | "prepare" | "run", real: () => T): T {
    if (this.#isDead) throw new Killed();
    this.calls++;
    const isLate = --this.#callsLeft < 0;
    const fault = this.#fault;
    if (!isLate || fault === null || (cannotFail.test(sql) && !fault.startsWith("killed"))) {
      return this.#reach(sql, kind, real);
    }
    if (fault === "killed before" || fault === "killed after") {
      if (fault === "killed after") this.#reach(sql, kind, real);
      this.#isDead = true;
      throw new Killed();
    }
    if (fault !== "busy for ever") this.#fault = null;
    if (fault.endsWith("rolls back")) this.#rollBack();
    if (fault.endsWith("too late") && sql === "COMMIT") this.#reach(sql, kind, real);
    throw this.#error(messages[fault], kind);
  }

  #reach<T>(sql: string, kind: string, real: () => T): T {
    const result = real();
    if (sql === "COMMIT" && kind === "run") this.onCommit();
    return result;
  }

  #rollBack(): void {
    try {
      this.#database?.exec("ROLLBACK");
    } catch {
      // No transaction was open.
    }
  }

  /** node:sqlite numbers the errors of statements, nothing else is numbered. */
  #error(message: string, kind: string): Error {
    const error = new Error(message);
    const isNumbered = this.name === "node:sqlite" && kind === "run";
    return isNumbered
      ? Object.assign(error, { code: "ERR_SQLITE_ERROR", errcode: codes[message], errstr: message })
      : error;
  }
}
