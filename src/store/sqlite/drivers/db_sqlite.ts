/**
 * @db/sqlite (FFI) as a driver. Importing the package loads its native library at once and, unless
 * DENO_SQLITE_PATH names one, downloads it unchecked; so this module is imported lazily, and only with a library
 * at hand.
 */

import { Database as FfiDatabase, SQLITE_VERSION, type Statement as FfiStatement } from "@db/sqlite";
import type { SqlRow } from "../../rows.ts";
import type { Database, Driver, SqlValue, Statement } from "../driver.ts";

export const dbSqlite: Driver = {
  name: "@db/sqlite",
  note: null,
  sqliteVersion: SQLITE_VERSION,
  open(path, { readOnly, busyTimeoutMs }): Database {
    // int64: without it integers are read as 32 bits, and every time in milliseconds would be silently damaged.
    const database = new FfiDatabase(path, { int64: true, readonly: readOnly, create: !readOnly });
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    const statements: FfiStatement[] = [];
    return {
      exec: (sql) => void database.exec(sql),
      prepare(sql) {
        const statement = database.prepare(sql);
        statements.push(statement);
        return new DbSqliteStatement(statement);
      },
      close() {
        for (const statement of statements) statement.finalize();
        database.close();
      },
    };
  },
};

class DbSqliteStatement implements Statement {
  readonly #statement: FfiStatement;

  constructor(statement: FfiStatement) {
    this.#statement = statement;
  }

  run(...values: SqlValue[]): number {
    return this.#statement.run(...values);
  }

  get(...values: SqlValue[]): SqlRow | undefined {
    return this.#statement.get<SqlRow>(...values);
  }

  all(...values: SqlValue[]): SqlRow[] {
    return this.#statement.all<SqlRow>(...values);
  }
}
