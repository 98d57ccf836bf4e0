/** Chooses the SQLite driver: @db/sqlite where a native library is at hand and loads, else node:sqlite. */

import { messageOf, QueueError } from "../../core/errors.ts";
import type { Driver } from "./driver.ts";

export interface DriverChoice {
  /** What QUEUECTL_SQLITE_DRIVER says: "ffi", "node", or undefined to find out. */
  readonly wanted: string | undefined;
  /** The native library for @db/sqlite, or why there is none. */
  readonly library: { readonly path: string } | { readonly missing: string };
}

/** Needs the permissions ffi and env to load @db/sqlite. Throws a usage error where the wanted one does not serve. */
export async function chooseDriver({ wanted, library }: DriverChoice): Promise<Driver> {
  if (wanted !== undefined && wanted !== "ffi" && wanted !== "node") {
    throw new QueueError("usage", `Cannot use QUEUECTL_SQLITE_DRIVER: "${wanted}" is no driver`, {
      hint: `It is "ffi" (@db/sqlite) or "node" (node:sqlite)`,
    });
  }
  if (wanted === "node") return await nodeDriver("as QUEUECTL_SQLITE_DRIVER says");
  const reason = "missing" in library ? library.missing : await loadingProblem(library.path);
  if (reason === null) return (await import("./drivers/db_sqlite.ts")).dbSqlite;
  if (wanted === "ffi") {
    throw new QueueError("usage", `Cannot use the SQLite driver @db/sqlite: ${reason}`, {
      hint: "Leave QUEUECTL_SQLITE_DRIVER unset, and node:sqlite serves",
    });
  }
  return await nodeDriver(reason);
}

async function nodeDriver(note: string): Promise<Driver> {
  return (await import("./drivers/node_sqlite.ts")).nodeSqlite(note);
}

/** Loads @db/sqlite with this library; why it cannot be, or null. The variable is read once, at the import. */
async function loadingProblem(path: string): Promise<string | null> {
  const before = Deno.env.get("DENO_SQLITE_PATH");
  Deno.env.set("DENO_SQLITE_PATH", path);
  try {
    await import("./drivers/db_sqlite.ts");
    return null;
  } catch (error) {
    return `${path} cannot be loaded: ${messageOf(error)}`;
  } finally {
    // Jobs inherit the worker's environment.
    if (before === undefined) Deno.env.delete("DENO_SQLITE_PATH");
  }
}
