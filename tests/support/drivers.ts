/** The SQLite drivers that can be loaded here; says loudly which could not. */

import type { Driver } from "../../src/store/sqlite/driver.ts";
import { chooseDriver } from "../../src/store/sqlite/choose_driver.ts";
import { nodeSqlite } from "../../src/store/sqlite/drivers/node_sqlite.ts";
import { messageOf } from "../../src/core/errors.ts";
import { findNativeLibrary } from "./native_library.ts";

export async function loadableDrivers(): Promise<Driver[]> {
  const { driver, problem } = await ffiDriver();
  if (problem !== null) console.error(`\n!!! The tests did NOT run on @db/sqlite: ${problem}\n`);
  return driver === null ? [nodeSqlite(null)] : [nodeSqlite(null), driver];
}

async function ffiDriver(): Promise<{ readonly driver: Driver | null; readonly problem: string | null }> {
  const path = findNativeLibrary();
  const library = path === undefined ? { missing: "no native SQLite library was found" } : { path };
  try {
    return { driver: await chooseDriver({ wanted: "ffi", library }), problem: null };
  } catch (error) {
    return { driver: null, problem: messageOf(error) };
  }
}
