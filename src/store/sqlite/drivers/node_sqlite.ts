/** Deno's own SQLite (node:sqlite) as a driver: no FFI permission, no library to ship. */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { SqlRow } from "../../rows.ts";
import type { Database, Driver, SqlValue, Statement } from "../driver.ts";

/** The driver; `note` says why it serves in place of @db/sqlite. */
export function nodeSqlite(note: string | null): Driver {
  return {
    name: "node:sqlite",
    note,
    get sqliteVersion(): string {
      const database = new DatabaseSync(":memory:");
      const row = database.prepare("SELECT sqlite_version() AS version").get() as { version: string };
      database.close();
      return row.version;
    },
    open(path, { readOnly, busyTimeoutMs }): Database {
      const database = new DatabaseSync(path, { readOnly, timeout: busyTimeoutMs });
      return {
        exec: (sql) => database.exec(sql),
        prepare: (sql) => new NodeStatement(database.prepare(sql)),
        close: () => database.close(),
      };
    },
  };
}

class NodeStatement implements Statement {
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
  }

  run(...values: SqlValue[]): number {
    return Number(this.#statement.run(...values).changes);
  }

  get(...values: SqlValue[]): SqlRow | undefined {
    return this.#statement.get(...values);
  }

  all(...values: SqlValue[]): SqlRow[] {
    return this.#statement.all(...values);
  }
}
