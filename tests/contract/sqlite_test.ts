/** The SQLite adapter keeps the store's promises, on every driver that can be loaded here. */

import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import type { Driver } from "../../src/store/sqlite/driver.ts";
import { loadableDrivers } from "../support/drivers.ts";
import { defineStoreContract } from "./store_contract.ts";

for (const driver of await loadableDrivers()) defineSqlite(driver);

function defineSqlite(driver: Driver): void {
  defineStoreContract(`sqlite on ${driver.name}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "queuectl-contract-" });
    return {
      open: (clock) =>
        openSqliteStore({
          path: `${folder}/queue.sqlite`,
          driver,
          access: "write",
          durability: "relaxed",
          clock: clock.now,
          chance: Math.random,
          programVersion: "test",
        }),
      remove: () => Deno.remove(folder, { recursive: true }),
    };
  });
}
