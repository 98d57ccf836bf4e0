/** All that a store's file holds, as text to compare; and whether SQLite and the store call it sound. */

import { assertEquals } from "@std/assert";
import type { Database, Driver } from "../../src/store/sqlite/driver.ts";
import { openTestStore } from "../support/open_store.ts";

/** Each row of each table, one a line, sorted. Reads through a connection of its own. */
export function dump(path: string, driver: Driver): string {
  const database = driver.open(path, { readOnly: false, busyTimeoutMs: 1000 });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all();
    return tables.map(({ name }) => `-- ${name}\n${rows(database, String(name)).join("\n")}`).join("\n");
  } finally {
    database.close();
  }
}

function rows(database: Database, table: string): string[] {
  return database.prepare(`SELECT * FROM ${table}`).all().map((row) => JSON.stringify(row, shortened)).sort();
}

/** Bytes as digits, and of very long texts only what tells them apart; ids of webhooks without what is chance in them. */
function shortened(_name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return value.toHex();
  if (typeof value === "string" && /^wh_[0-9a-f]{27}$/.test(value)) return value.slice(0, 14);
  return typeof value === "string" && value.length > 10_000
    ? `${value.slice(0, 20)}… ${value.length} characters`
    : value;
}

/** Fails unless SQLite and the store's own check find nothing wrong with a file. */
export async function assertSound(path: string, driver: Driver): Promise<void> {
  const database = driver.open(path, { readOnly: false, busyTimeoutMs: 1000 });
  try {
    const lines = database.prepare("PRAGMA integrity_check").all().map((row) => row.integrity_check);
    assertEquals(lines, ["ok"], path);
  } finally {
    database.close();
  }
  const store = await openTestStore(path, { driver, durability: "relaxed" });
  try {
    assertEquals(await store.check(), [], path);
  } finally {
    store.close();
  }
}
