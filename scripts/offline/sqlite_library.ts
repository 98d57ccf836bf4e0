/**
 * Loads the native SQLite library that `DENO_SQLITE_PATH` names, when this module is first imported. Unlike
 * `@db/sqlite`, never downloads one. Needs permission to read the variable and for FFI.
 */

/** The C functions in use; see https://www.sqlite.org/c3ref/funclist.html for what each does. */
const SYMBOLS = {
  sqlite3_bind_blob: { parameters: ["pointer", "i32", "buffer", "i32", "isize"], result: "i32" },
  sqlite3_bind_double: { parameters: ["pointer", "i32", "f64"], result: "i32" },
  sqlite3_bind_int64: { parameters: ["pointer", "i32", "i64"], result: "i32" },
  sqlite3_bind_null: { parameters: ["pointer", "i32"], result: "i32" },
  sqlite3_bind_parameter_count: { parameters: ["pointer"], result: "i32" },
  sqlite3_bind_parameter_index: { parameters: ["pointer", "buffer"], result: "i32" },
  sqlite3_bind_text: { parameters: ["pointer", "i32", "buffer", "i32", "isize"], result: "i32" },
  sqlite3_changes: { parameters: ["pointer"], result: "i32" },
  sqlite3_clear_bindings: { parameters: ["pointer"], result: "i32" },
  sqlite3_close_v2: { parameters: ["pointer"], result: "i32" },
  sqlite3_column_blob: { parameters: ["pointer", "i32"], result: "pointer" },
  sqlite3_column_bytes: { parameters: ["pointer", "i32"], result: "i32" },
  sqlite3_column_count: { parameters: ["pointer"], result: "i32" },
  sqlite3_column_double: { parameters: ["pointer", "i32"], result: "f64" },
  sqlite3_column_int: { parameters: ["pointer", "i32"], result: "i32" },
  sqlite3_column_int64: { parameters: ["pointer", "i32"], result: "i64" },
  sqlite3_column_name: { parameters: ["pointer", "i32"], result: "pointer" },
  sqlite3_column_text: { parameters: ["pointer", "i32"], result: "pointer" },
  sqlite3_column_type: { parameters: ["pointer", "i32"], result: "i32" },
  sqlite3_column_value: { parameters: ["pointer", "i32"], result: "pointer" },
  sqlite3_errmsg: { parameters: ["pointer"], result: "pointer" },
  sqlite3_errstr: { parameters: ["i32"], result: "pointer" },
  sqlite3_exec: { parameters: ["pointer", "buffer", "pointer", "pointer", "buffer"], result: "i32" },
  sqlite3_finalize: { parameters: ["pointer"], result: "i32" },
  sqlite3_free: { parameters: ["pointer"], result: "void" },
  sqlite3_get_autocommit: { parameters: ["pointer"], result: "i32" },
  sqlite3_initialize: { parameters: [], result: "i32" },
  // The C function returns 64 bits. `@db/sqlite` declares 32, so a row id beyond them must fail here too.
  sqlite3_last_insert_rowid: { parameters: ["pointer"], result: "i32" },
  sqlite3_libversion: { parameters: [], result: "pointer" },
  sqlite3_open_v2: { parameters: ["buffer", "buffer", "i32", "pointer"], result: "i32" },
  sqlite3_prepare_v2: { parameters: ["pointer", "buffer", "i32", "buffer", "pointer"], result: "i32" },
  sqlite3_reset: { parameters: ["pointer"], result: "i32" },
  sqlite3_step: { parameters: ["pointer"], result: "i32" },
  sqlite3_value_subtype: { parameters: ["pointer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const MISUSE = 21;

/** SQLite's own functions, by their C names. */
export const library: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"] = load();

/** The version of the loaded library, such as "3.46.0". */
export const SQLITE_VERSION: string = readText(library.sqlite3_libversion());

function load(): Deno.DynamicLibrary<typeof SYMBOLS>["symbols"] {
  const path = Deno.env.get("DENO_SQLITE_PATH");
  if (!path) {
    throw new Error("Cannot load SQLite: DENO_SQLITE_PATH is not set. Let it name a native SQLite library.");
  }
  try {
    const symbols = Deno.dlopen(path, SYMBOLS).symbols;
    symbols.sqlite3_initialize();
    return symbols;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw new Error("Failed to load SQLite3 Dynamic Library", { cause });
  }
}

/** A failure that SQLite gives no words of its own for; the message begins with the code. */
export class SqliteError extends Error {
  override name = "SqliteError";

  constructor(readonly code: number, message: string) {
    super(`${code}: ${message}`);
  }
}

/**
 * Throws unless `code` means success. With a connection the error is a plain Error of SQLite's own words and
 * without the code; without one, or for misuse, it is a SqliteError. `@db/sqlite` does the same.
 */
export function check(code: number, connection?: Deno.PointerValue): void {
  if (code === 0) return;
  if (code === MISUSE) throw new SqliteError(code, "SQLite3 API misuse");
  if (connection === undefined) throw new SqliteError(code, readText(library.sqlite3_errstr(code)));
  throw new Error(readText(library.sqlite3_errmsg(connection)));
}

/** The error of using a connection or a statement after its end. */
export function misuse(): SqliteError {
  return new SqliteError(MISUSE, "SQLite3 API misuse");
}

/** The text at a pointer, up to the first NUL; "" for a null pointer. */
export function readText(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}

/** A text as C expects it: UTF-8 with a NUL behind it. */
export function toCString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
