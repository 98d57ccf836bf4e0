/** The SQLite adapter keeps the store's promises, on every driver that can be loaded here. */

import type { Driver } from "../../src/store/sqlite/driver.ts";
import { loadableDrivers } from "../support/drivers.ts";
import { defineStoreContract } from "./store_contract.ts";
import { openTestStore } from "../support/open_store.ts";

for (const driver of await loadableDrivers()) defineSqlite(driver);

function defineSqlite(driver: Driver): void {
  defineStoreContract(`sqlite on ${driver.name}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "queuectl-contract-" });
    return {
      open: (clock) =>
        openTestStore(`${folder}/queue.sqlite`, { driver, durability: "relaxed", clock: clock.now }),
      remove: () => Deno.remove(folder, { recursive: true }),
    };
  });
}
