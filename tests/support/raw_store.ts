/** The store's file under the program's feet: what the engine would have written, or somebody else has broken. */

import type { Database } from "../../src/store/sqlite/driver.ts";
import { nodeSqlite } from "../../src/store/sqlite/drivers/node_sqlite.ts";
import type { TestQueue } from "./program.ts";

export function inStore<T>(queue: Pick<TestQueue, "home">, body: (database: Database) => T): T {
  const database = nodeSqlite(null).open(`${queue.home}/queue.sqlite`, {
    readOnly: false,
    busyTimeoutMs: 5000,
  });
  try {
    return body(database);
  } finally {
    database.close();
  }
}
