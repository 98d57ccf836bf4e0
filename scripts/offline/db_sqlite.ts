/**
 * Stands in for `@db/sqlite` 0.13.0 where only an npm registry is reachable: the part of its shape that
 * queuectl uses, by FFI on the library that `DENO_SQLITE_PATH` names. Importing it loads that library.
 */
import { check, library, misuse, readText, toCString } from "./sqlite_library.ts";
import { type Connection, finalizeHandle, Statement } from "./sqlite_statement.ts";

export { SQLITE_VERSION, SqliteError } from "./sqlite_library.ts";
export { type RestBindParameters, Statement } from "./sqlite_statement.ts";
export type { BindValue } from "./sqlite_values.ts";

/** How a database is opened. */
export interface DatabaseOpenOptions {
  /** Whether writing fails; by default it does not. */
  readonly?: boolean;
  /** Whether a missing file is made; true by default, and never when `readonly`. */
  create?: boolean;
  /** Whether integers are read whole rather than as 32 bits; false by default. */
  int64?: boolean;
  /** Whether the results of JSON functions are parsed; true by default. */
  parseJson?: boolean;
}

const OPEN_READONLY = 1;
const OPEN_READWRITE = 2;
const OPEN_CREATE = 4;

/**
 * A connection to a database file, or to ":memory:". Its calls are synchronous. What fails throws a plain
 * Error whose message is SQLite's own ("database is locked"); only opening, binding and misuse throw a
 * SqliteError, whose message begins with the code ("14: unable to open database file").
 */
export class Database {
  readonly #connection: Connection;
  #open = true;

  /** Throws a SqliteError when the file cannot be opened. SQLite looks into the file only when first used. */
  constructor(path: string, options: DatabaseOpenOptions = {}) {
    const out = new BigUint64Array(1);
    const code = library.sqlite3_open_v2(toCString(path), out, openFlags(options), null);
    const pointer = Deno.UnsafePointer.create(out[0]!);
    if (code !== 0) library.sqlite3_close_v2(pointer);
    check(code);
    this.#connection = {
      pointer,
      statements: new Set(),
      int64: options.int64 ?? false,
      parseJson: options.parseJson ?? true,
    };
  }

  /** Whether the connection was not closed yet. */
  get open(): boolean {
    return this.#open;
  }

  /** The rows that the last INSERT, UPDATE or DELETE changed. */
  get changes(): number {
    return library.sqlite3_changes(this.#pointer);
  }

  /** The row id of the last INSERT, right up to 2^31 - 1. */
  get lastInsertRowId(): number {
    return library.sqlite3_last_insert_rowid(this.#pointer);
  }

  /** Whether a transaction was begun and has not ended; false after `close`. */
  get inTransaction(): boolean {
    return this.#open && library.sqlite3_get_autocommit(this.#pointer) === 0;
  }

  /** Runs one statement or several, without parameters. Returns the rows that the last of them changed. */
  exec(sql: string): number {
    const out = new BigUint64Array(1);
    library.sqlite3_exec(this.#pointer, toCString(sql), null, null, out);
    const message = Deno.UnsafePointer.create(out[0]!);
    if (message !== null) {
      const text = readText(message);
      library.sqlite3_free(message);
      throw new Error(text);
    }
    return this.changes;
  }

  /** Prepares one statement. Throws a plain Error when the SQL is wrong. */
  prepare<Row extends object = Record<string, unknown>>(sql: string): Statement<Row> {
    if (!this.#open) throw misuse();
    return new Statement<Row>(this.#connection, sql);
  }

  /** Frees the connection and its statements, and gives up a transaction that is open. Once is enough. */
  close(): void {
    if (!this.#open) return;
    for (const handle of [...this.#connection.statements]) finalizeHandle(handle, this.#connection);
    check(library.sqlite3_close_v2(this.#pointer));
    this.#open = false;
  }

  get #pointer(): Deno.PointerValue {
    if (!this.#open) throw misuse();
    return this.#connection.pointer;
  }
}

function openFlags({ readonly = false, create = true }: DatabaseOpenOptions): number {
  if (readonly) return OPEN_READONLY;
  return create ? OPEN_READWRITE | OPEN_CREATE : OPEN_READWRITE;
}
