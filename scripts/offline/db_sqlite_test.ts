// What queuectl relies on in `@db/sqlite`. Runs against the real package and the offline one alike, on the
// native library that is found; DENO_SQLITE_PATH is set first, since both read it when they are imported.
import { assert, assertEquals, assertExists, assertFalse, assertMatch, assertThrows } from "@std/assert";
import { join } from "@std/path";
import type { Database, DatabaseOpenOptions } from "@db/sqlite";
import { findNativeLibrary } from "../../tests/support/native_library.ts";

const nativeLibrary = findNativeLibrary();
if (nativeLibrary === undefined) {
  console.error("SKIPPED: all tests of @db/sqlite, since no native SQLite library was found.");
  console.error("         Let DENO_SQLITE_PATH name one to run them.");
} else {
  Deno.env.set("DENO_SQLITE_PATH", nativeLibrary);
}
const sqlite = nativeLibrary === undefined ? undefined : await import("@db/sqlite");

/** Opens connections to one throw-away file, or to `path`. */
type Open = (options?: DatabaseOpenOptions, path?: string) => Database;

function test(name: string, body: (open: Open, folder: string) => void): void {
  Deno.test({
    name: `@db/sqlite: ${name}`,
    ignore: sqlite === undefined,
    sanitizeOps: true,
    sanitizeResources: true,
    fn: () => {
      assertExists(sqlite);
      const folder = Deno.makeTempDirSync();
      const opened: Database[] = [];
      const open: Open = (options = { int64: true }, path = join(folder, "test.db")) => {
        const db = new sqlite.Database(path, options);
        opened.push(db);
        return db;
      };
      try {
        body(open, folder);
      } finally {
        for (const db of opened) db.close();
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

/** The value that a parameter comes back as, with SQLite's name of its type. */
function echo(db: Database, value: null | number | bigint | string | boolean | Uint8Array): unknown[] {
  const statement = db.prepare("SELECT ?1, typeof(?1)");
  const row = statement.value<unknown[]>(value);
  statement.finalize();
  assertExists(row);
  return row;
}

test("SQLITE_VERSION is the library's", (open) => {
  const row = open().prepare("SELECT sqlite_version()").value<[string]>();
  assertEquals(row, [sqlite?.SQLITE_VERSION]);
});

test("values go in and come back with their types", (open) => {
  const db = open();
  assertEquals(echo(db, null), [null, "null"]);
  assertEquals(echo(db, 5), [5, "integer"]);
  assertEquals(echo(db, 2 ** 31), [2 ** 31, "integer"]);
  assertEquals(echo(db, -(2 ** 53 - 1)), [-(2 ** 53 - 1), "integer"]);
  assertEquals(echo(db, 5n), [5, "integer"]);
  assertEquals(echo(db, 2n ** 53n), [2n ** 53n, "integer"]);
  assertEquals(echo(db, -(2n ** 63n)), [-(2n ** 63n), "integer"]);
  assertEquals(echo(db, 1.5), [1.5, "real"]);
  assertEquals(echo(db, Infinity), [Infinity, "real"]);
  assertEquals(echo(db, NaN), [null, "null"]);
  assertEquals(echo(db, true), [1, "integer"]);
  assertEquals(echo(db, false), [0, "integer"]);
  assertEquals(echo(db, "tëxt 🎉\n"), ["tëxt 🎉\n", "text"]);
  assertEquals(echo(db, ""), ["", "text"]);
  assertEquals(echo(db, new Uint8Array([0, 1, 255])), [new Uint8Array([0, 1, 255]), "blob"]);
  assertEquals(echo(db, new Uint8Array()), [new Uint8Array(), "blob"]);
});

test("a whole number is an integer, however it was computed", (open) => {
  assertEquals(echo(open(), 2.0 * 3), [6, "integer"]);
});

test("a part of a buffer is bound as that part", (open) => {
  const part = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  assertEquals(echo(open(), part), [new Uint8Array([2, 3]), "blob"]);
});

test("without int64 an integer is cut to 32 bits", (open) => {
  const db = open({});
  assertEquals(db.prepare("SELECT 4294967297").value<[number]>(), [1]);
});

test("a text is stored whole but read up to its first NUL", (open) => {
  const row = open().prepare("SELECT ?1, length(CAST(?1 AS BLOB))").value<[string, number]>("ab\0cd");
  assertEquals(row, ["ab", 5]);
});

test("what JSON functions return is parsed, unless parseJson is false; a text is left alone", (open) => {
  const sql = `SELECT json_array(1, 'a') AS made, '[1]' AS stored`;
  assertEquals(open().prepare(sql).get(), { made: [1, "a"], stored: "[1]" });
  assertEquals(open({ parseJson: false }).prepare(sql).get(), { made: '[1,"a"]', stored: "[1]" });
});

test("get and all give plain objects, value a tuple, nothing is undefined", (open) => {
  const db = open();
  db.exec("CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
  const byA = db.prepare("SELECT a, b FROM t WHERE a >= ? ORDER BY a");
  assertEquals(byA.get(1), { a: 1, b: "x" });
  assertEquals(byA.get(3), undefined);
  assertEquals(byA.all(1), [{ a: 1, b: "x" }, { a: 2, b: "y" }]);
  assertEquals(byA.all(3), []);
  assertEquals(byA.value<[number, string]>(2), [2, "y"]);
  assertEquals(byA.value<[number, string]>(3), undefined);
  const row = byA.get<{ a: number; b: string }>(1);
  assertEquals(Object.getPrototypeOf(row), Object.prototype);
});

test("each result is an object of its own", (open) => {
  const statement = open().prepare("SELECT 1 AS a");
  const first = statement.get();
  assertFalse(first === statement.get());
});

test("run counts the rows that were changed", (open) => {
  const db = open();
  db.exec("CREATE TABLE t (a INTEGER)");
  const insert = db.prepare("INSERT INTO t VALUES (?), (?)");
  assertEquals(insert.run(1, 2), 2);
  assertEquals(db.changes, 2);
  assertEquals(db.lastInsertRowId, 2);
  assertEquals(db.prepare("UPDATE t SET a = 0 WHERE a = ?").run(7), 0);
  assertEquals(db.exec("DELETE FROM t"), 2);
});

test("RETURNING gives rows, and all of the statement takes effect", (open) => {
  const db = open();
  db.exec("CREATE TABLE t (a INTEGER)");
  assertEquals(db.prepare("INSERT INTO t VALUES (?), (?) RETURNING a").get(1, 2), { a: 1 });
  assertEquals(db.prepare("UPDATE t SET a = a + 1 RETURNING a").all(), [{ a: 2 }, { a: 3 }]);
  assertFalse(db.inTransaction);
});

test("parameters that are not given are NULL, and none is left from the call before", (open) => {
  const statement = open().prepare("SELECT ? AS a, ? AS b");
  assertEquals(statement.get(1, 2), { a: 1, b: 2 });
  assertEquals(statement.get(3), { a: 3, b: null });
  assertEquals(statement.get(), { a: null, b: null });
});

test("parameters may have names", (open) => {
  const statement = open().prepare("SELECT :a AS a, $b AS b");
  assertEquals(statement.get({ a: 1, $b: "x" }), { a: 1, b: "x" });
  assertThrows(() => statement.get({ c: 1 }), Error, 'No such parameter "c"');
});

test("a parameter too many is an error that begins with the code", (open) => {
  const error = assertThrows(() => open().prepare("SELECT ?").get(1, 2), Error);
  assertMatch(error.message, /^25: /);
});

test("inTransaction tells whether one was begun", (open) => {
  const db = open();
  assertFalse(db.inTransaction);
  db.exec("BEGIN IMMEDIATE");
  assert(db.inTransaction);
  db.exec("ROLLBACK");
  assertFalse(db.inTransaction);
});

test("no read transaction stays open behind get, value, all or an error", (open) => {
  const db = open();
  db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a INTEGER UNIQUE); INSERT INTO t VALUES (1), (2), (3)");
  const writer = open();
  const truncate = writer.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  const unblocked = () => {
    writer.exec("UPDATE t SET a = a + 10");
    assertEquals(truncate.get()?.["busy"], 0);
  };
  const select = db.prepare("SELECT a FROM t WHERE a > ?");
  const count = db.prepare("SELECT a FROM t");
  select.get(0);
  count.get();
  unblocked();
  select.value<[number]>(0);
  count.value<[number]>();
  unblocked();
  select.all(0);
  select.run(0);
  unblocked();
  assertThrows(() => db.prepare("UPDATE t SET a = 5").run());
  unblocked();
});

test("errors of statements are plain Errors with SQLite's words and no code", (open) => {
  const db = open();
  db.exec("CREATE TABLE t (a INTEGER UNIQUE, b INTEGER CHECK (b > 0)); INSERT INTO t VALUES (1, 1)");
  const insert = db.prepare("INSERT INTO t VALUES (?, ?)");
  const message = (fn: () => unknown) => assertThrows(fn, Error).message;
  assertEquals(message(() => insert.run(1, 1)), "UNIQUE constraint failed: t.a");
  assertMatch(message(() => insert.get(2, 0)), /^CHECK constraint failed: /);
  assertEquals(message(() => db.exec("SELEC")), 'near "SELEC": syntax error');
  assertEquals(message(() => db.prepare("SELECT * FROM missing")), "no such table: missing");
  assertEquals(message(() => db.exec("INSERT INTO t VALUES (1, 1)")), "UNIQUE constraint failed: t.a");
  assertEquals(insert.run(2, 2), 1);
});

test("a lock held by another is 'database is locked', from exec and from statements", (open) => {
  const holder = open();
  const other = open();
  holder.exec("CREATE TABLE t (a INTEGER); BEGIN IMMEDIATE");
  const begin = other.prepare("BEGIN IMMEDIATE");
  const insert = other.prepare("INSERT INTO t VALUES (?)");
  const message = (fn: () => unknown) => assertThrows(fn, Error).message;
  assertEquals(message(() => other.exec("BEGIN IMMEDIATE")), "database is locked");
  assertEquals(message(() => begin.run()), "database is locked");
  assertEquals(message(() => insert.run(1)), "database is locked");
  assertFalse(other.inTransaction);
  holder.exec("COMMIT");
  begin.run();
  assertEquals(insert.run(1), 1);
  other.exec("COMMIT");
});

test("errors of opening begin with the code", (open, folder) => {
  const message = (fn: () => unknown) => assertThrows(fn, Error).message;
  const missing = join(folder, "missing.db");
  assertEquals(message(() => open({ create: false }, missing)), "14: unable to open database file");
  assertEquals(message(() => open({ readonly: true }, missing)), "14: unable to open database file");
  assertEquals(message(() => open({}, join(folder, "no", "folder.db"))), "14: unable to open database file");
});

test("what is no database is noticed at first use", (open, folder) => {
  const path = join(folder, "text.db");
  Deno.writeTextFileSync(path, "This is not a database. ".repeat(100));
  const error = assertThrows(() => open({}, path).exec("PRAGMA user_version"), Error);
  assertEquals(error.message, "file is not a database");
});

test("a readonly connection refuses to write", (open) => {
  open().exec("CREATE TABLE t (a INTEGER)");
  const error = assertThrows(() => open({ readonly: true }).exec("INSERT INTO t VALUES (1)"), Error);
  assertEquals(error.message, "attempt to write a readonly database");
});

test("close frees statements, gives up a transaction, and may be called again", (open) => {
  const db = open();
  db.exec("CREATE TABLE t (a INTEGER); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
  db.prepare("SELECT * FROM t");
  db.close();
  db.close();
  assertFalse(db.open);
  assertFalse(db.inTransaction);
  assertEquals(open().prepare("SELECT count(*) AS n FROM t").get(), { n: 0 });
});

test("finalize may be called again, and before or after close", (open) => {
  const db = open();
  const [first, second] = [db.prepare("SELECT 1"), db.prepare("SELECT 2")];
  first.finalize();
  first.finalize();
  db.close();
  second.finalize();
});

test("many statements that nobody finalized do no harm", (open) => {
  const db = open();
  for (let i = 0; i < 2000; i++) {
    assertEquals(db.prepare("SELECT ? AS a").get(`text ${i}`), { a: `text ${i}` });
  }
});

Deno.test({
  name: "@db/sqlite: offline, importing it without DENO_SQLITE_PATH says what is missing",
  // The real package downloads a library then, which no test should do.
  ignore: !import.meta.resolve("@db/sqlite").startsWith("file:"),
  fn: async () => {
    const url = import.meta.resolve("./db_sqlite.ts");
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-lock", "--allow-env", "--allow-ffi", url],
      env: { DENO_SQLITE_PATH: "" },
    }).output();
    assertFalse(success);
    assertMatch(new TextDecoder().decode(stderr), /DENO_SQLITE_PATH is not set/);
  },
});
