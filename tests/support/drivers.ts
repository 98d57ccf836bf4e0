/** The SQLite drivers that can be loaded here; says loudly which could not. */

import type { Driver } from "../../src/store/sqlite/driver.ts";
import { nodeSqlite } from "../../src/store/sqlite/drivers/node_sqlite.ts";
import { messageOf } from "../../src/core/errors.ts";
import { findNativeLibrary } from "./native_library.ts";

export async function loadableDrivers(): Promise<Driver[]> {
  const drivers = [nodeSqlite(null)];
  const library = findNativeLibrary();
  try {
    if (library === undefined) {
      throw new Error("no native SQLite library was found (DENO_SQLITE_PATH names one)");
    }
    Deno.env.set("DENO_SQLITE_PATH", library);
    drivers.push((await import("../../src/store/sqlite/drivers/db_sqlite.ts")).dbSqlite);
  } catch (error) {
    console.error(`\n!!! The tests did NOT run on @db/sqlite: ${messageOf(error)}\n`);
  }
  return drivers;
}
