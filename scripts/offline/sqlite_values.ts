/** How values travel between JavaScript and SQLite; the same as with `@db/sqlite`. */
import { check, library, readText } from "./sqlite_library.ts";

/** A value that a statement's parameter can have. */
export type BindValue = null | undefined | number | bigint | string | boolean | Uint8Array;

/** How columns are read. */
export interface ReadOptions {
  /** Whether integers are read whole: as numbers when safe, else as bigints. If not, 32 bits are read. */
  int64: boolean;
  /** Whether the result of a JSON function is parsed, which is not the same as a column holding JSON text. */
  parseJson: boolean;
}

const INTEGER = 1;
const FLOAT = 2;
const TEXT = 3;
const BLOB = 4;
/** What SQLite's JSON functions mark their results with. */
const JSON_SUBTYPE = 74;

/** Tells SQLite to copy the bytes at once, since those of a JavaScript buffer may move or go away. */
const TRANSIENT = -1n;
/** Stands for no bytes: an empty buffer would be passed as a null pointer, which SQLite reads as NULL. */
const NO_BYTES = new Uint8Array(1);

/** Sets the parameter at `index`, counted from 1. Throws a SqliteError when there is none. */
export function bindValue(statement: Deno.PointerValue, index: number, value: BindValue): void {
  check(bind(statement, index, value));
}

function bind(statement: Deno.PointerValue, index: number, value: BindValue): number {
  if (value === null || value === undefined) return library.sqlite3_bind_null(statement, index);
  if (typeof value === "bigint") return library.sqlite3_bind_int64(statement, index, value);
  if (typeof value === "boolean") return library.sqlite3_bind_int64(statement, index, value ? 1n : 0n);
  if (typeof value === "string") {
    const text = new TextEncoder().encode(value);
    return library.sqlite3_bind_text(statement, index, filled(text), text.byteLength, TRANSIENT);
  }
  if (typeof value === "number") {
    return Number.isInteger(value)
      ? library.sqlite3_bind_int64(statement, index, BigInt(value))
      : library.sqlite3_bind_double(statement, index, value);
  }
  if (value instanceof Uint8Array) {
    return library.sqlite3_bind_blob(statement, index, filled(value), value.byteLength, TRANSIENT);
  }
  throw new Error(`Value of unsupported type: ${Deno.inspect(value)}`);
}

function filled(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.byteLength === 0 ? NO_BYTES : bytes as Uint8Array<ArrayBuffer>;
}

/** The value of a column, counted from 0, in the row that the statement stands on. */
export function readColumn(statement: Deno.PointerValue, column: number, options: ReadOptions): unknown {
  switch (library.sqlite3_column_type(statement, column)) {
    case INTEGER:
      return readInteger(statement, column, options.int64);
    case FLOAT:
      return library.sqlite3_column_double(statement, column);
    case TEXT:
      return readColumnText(statement, column, options.parseJson);
    case BLOB:
      return readBlob(statement, column);
    default:
      return null;
  }
}

function readInteger(statement: Deno.PointerValue, column: number, int64: boolean): number | bigint {
  if (!int64) return library.sqlite3_column_int(statement, column);
  const value = library.sqlite3_column_int64(statement, column);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function readColumnText(statement: Deno.PointerValue, column: number, parseJson: boolean): unknown {
  const text = readText(library.sqlite3_column_text(statement, column));
  const subtype = library.sqlite3_value_subtype(library.sqlite3_column_value(statement, column));
  if (!parseJson || subtype !== JSON_SUBTYPE) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readBlob(statement: Deno.PointerValue, column: number): Uint8Array {
  const pointer = library.sqlite3_column_blob(statement, column);
  if (pointer === null) return new Uint8Array();
  const length = library.sqlite3_column_bytes(statement, column);
  // Copied, since the memory is SQLite's and changes with the next step.
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, length).slice(0));
}
