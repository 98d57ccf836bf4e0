/** A prepared statement of the offline `@db/sqlite`. */
import { check, library, misuse, readText, toCString } from "./sqlite_library.ts";
import { type BindValue, bindValue, readColumn, type ReadOptions } from "./sqlite_values.ts";

/** What a statement needs to know of its connection. */
export interface Connection extends ReadOptions {
  readonly pointer: Deno.PointerValue;
  readonly statements: Set<StatementHandle>;
}

/** SQLite's side of a statement; null after it was freed. */
export interface StatementHandle {
  pointer: Deno.PointerValue;
}

/** Values for a statement's parameters: in their order, or one object with their names. */
export type RestBindParameters = BindValue[] | [Record<string, BindValue>];

const ROW = 100;
const DONE = 101;

// Frees the statements that nobody finalized; without it a program that prepares often would only grow.
const forgotten = new FinalizationRegistry<() => void>((free) => free());

/** Frees a statement; once is enough, more does no harm. */
export function finalizeHandle(handle: StatementHandle, connection: Connection): void {
  if (!connection.statements.delete(handle)) return;
  const pointer = handle.pointer;
  handle.pointer = null;
  // The code repeats the failure of the last run, which was thrown then.
  library.sqlite3_finalize(pointer);
}

/**
 * A prepared statement, made by `Database.prepare`. Every method runs it anew and resets it before it returns
 * or throws, so that no transaction stays open behind it.
 */
export class Statement<Row extends object = Record<string, unknown>> {
  readonly #connection: Connection;
  readonly #handle: StatementHandle;
  readonly #parameterCount: number;

  /** Throws a plain Error with SQLite's words when the SQL is wrong. */
  constructor(connection: Connection, sql: string) {
    const text = toCString(sql);
    const out = new BigUint64Array(1);
    const code = library.sqlite3_prepare_v2(connection.pointer, text, text.byteLength, out, null);
    check(code, connection.pointer);
    const handle: StatementHandle = { pointer: Deno.UnsafePointer.create(out[0]!) };
    connection.statements.add(handle);
    forgotten.register(this, () => finalizeHandle(handle, connection), this);
    this.#connection = connection;
    this.#handle = handle;
    this.#parameterCount = library.sqlite3_bind_parameter_count(handle.pointer);
  }

  /** Runs the statement for its effect. Returns the rows changed by the last INSERT, UPDATE or DELETE. */
  run(...params: RestBindParameters): number {
    this.#start(params, (pointer) => this.#step(pointer));
    return library.sqlite3_changes(this.#connection.pointer);
  }

  /** The first row as an object, or undefined. */
  get<T extends object = Row>(...params: RestBindParameters): T | undefined {
    return this.#start(params, (pointer) => {
      return this.#step(pointer) ? this.#readObject(pointer, this.#columnNames(pointer)) as T : undefined;
    });
  }

  /** All rows as objects. */
  all<T extends object = Row>(...params: RestBindParameters): T[] {
    return this.#start(params, (pointer) => {
      const rows: T[] = [];
      let names: string[] | undefined;
      while (this.#step(pointer)) {
        names ??= this.#columnNames(pointer);
        rows.push(this.#readObject(pointer, names) as T);
      }
      return rows;
    });
  }

  /** The columns of the first row, or undefined. */
  value<T extends unknown[]>(...params: RestBindParameters): T | undefined {
    return this.#start(params, (pointer) => this.#step(pointer) ? this.#readTuple(pointer) as T : undefined);
  }

  /** Frees the statement. Using it afterwards throws. */
  finalize(): void {
    forgotten.unregister(this);
    finalizeHandle(this.#handle, this.#connection);
  }

  #start<T>(params: RestBindParameters, read: (pointer: Deno.PointerValue) => T): T {
    const pointer = this.#handle.pointer;
    if (pointer === null) throw misuse();
    try {
      // A statement without parameters takes any and ignores them, as the real one does.
      if (this.#parameterCount > 0) this.#bindAll(pointer, params);
      return read(pointer);
    } finally {
      library.sqlite3_reset(pointer);
    }
  }

  #bindAll(pointer: Deno.PointerValue, params: RestBindParameters): void {
    library.sqlite3_clear_bindings(pointer);
    const named = params[0];
    if (typeof named !== "object" || named === null || named instanceof Uint8Array) {
      (params as BindValue[]).forEach((value, i) => bindValue(pointer, i + 1, value));
      return;
    }
    for (const [name, value] of Object.entries(named)) {
      const marked = /^[:@$]/.test(name) ? name : `:${name}`;
      const index = library.sqlite3_bind_parameter_index(pointer, toCString(marked));
      if (index === 0) throw new Error(`No such parameter "${name}"`);
      bindValue(pointer, index, value);
    }
  }

  /** Whether there is a row. */
  #step(pointer: Deno.PointerValue): boolean {
    const code = library.sqlite3_step(pointer);
    if (code !== ROW && code !== DONE) check(code, this.#connection.pointer);
    return code === ROW;
  }

  /** Asked after the first step, since that may compile the statement anew for a changed schema. */
  #columnNames(pointer: Deno.PointerValue): string[] {
    const length = library.sqlite3_column_count(pointer);
    return Array.from({ length }, (_, i) => readText(library.sqlite3_column_name(pointer, i)));
  }

  #readObject(pointer: Deno.PointerValue, names: string[]): Record<string, unknown> {
    const row: Record<string, unknown> = {};
    names.forEach((name, i) => row[name] = readColumn(pointer, i, this.#connection));
    return row;
  }

  #readTuple(pointer: Deno.PointerValue): unknown[] {
    const length = library.sqlite3_column_count(pointer);
    return Array.from({ length }, (_, i) => readColumn(pointer, i, this.#connection));
  }
}
