/** Opens stores for tests, with whatever a test does not care about filled in. */

import { nodeSqlite } from "../../src/store/sqlite/drivers/node_sqlite.ts";
import { type OpenOptions, openSqliteStore } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";

/** Options for a store that is written to by node:sqlite, under the system's clock and with durability `standard`. */
export function storeOptions(path: string, wanted: Partial<OpenOptions> = {}): OpenOptions {
  return {
    path,
    driver: wanted.driver ?? nodeSqlite(null),
    access: "write",
    durability: "standard",
    clock: Date.now,
    chance: Math.random,
    programVersion: "test",
    ...wanted,
  };
}

export function openTestStore(path: string, wanted: Partial<OpenOptions> = {}): Promise<Store> {
  return openSqliteStore(storeOptions(path, wanted));
}
