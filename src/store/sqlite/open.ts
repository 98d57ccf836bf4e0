/** Opens a store file: makes it where it may, checks that it is ours, and brings its schema up to date. */

import type { Durability } from "../../core/settings.ts";
import { StoreUnavailable } from "../../core/errors.ts";
import { pendingMigrations, refuseWhileInUse } from "../migrate.ts";
import type { Store } from "../store.ts";
import { busyTimeoutMs, Connection } from "./connection.ts";
import type { Database, Driver } from "./driver.ts";
import { type ErrorPlace, translated } from "./errors.ts";
import { applicationId, migrations } from "./migrations.ts";
import { number, text } from "../rows.ts";
import { SqliteStore } from "./store.ts";

export interface OpenOptions {
  readonly path: string;
  readonly driver: Driver;
  /** `read`: never changes the file, and needs no permission to write. */
  readonly access: "read" | "write";
  readonly durability: Durability;
  /** UTC milliseconds; the store's clock. */
  readonly clock: () => number;
  /** From 0 up to, not including, 1. */
  readonly chance: () => number;
  /** What wrote the schema, for the table of versions. */
  readonly programVersion: string;
  /** How long a locked store is waited for, in milliseconds. */
  readonly patienceMs?: number;
  /** Whether the store's disk has no room left; asked when SQLite reports an I/O error. */
  readonly isDiskFull?: () => boolean;
}

/** Opens the store. Throws `StoreUnavailable`. Reading needs an existing, migrated file. */
export async function openSqliteStore(options: OpenOptions): Promise<Store> {
  const database = openDatabase(options);
  try {
    const connection = new Connection(database, {
      ...placeOf(options),
      patienceMs: options.patienceMs ?? 30_000,
      chance: options.chance,
    });
    await prepare(connection, options);
    return new SqliteStore(connection, options, migrations.at(-1)!.version);
  } catch (error) {
    database.close();
    throw translated(error, placeOf(options));
  }
}

function placeOf({ path, isDiskFull }: OpenOptions): ErrorPlace {
  return { location: path, isDiskFull: isDiskFull ?? (() => false) };
}

function openDatabase(options: OpenOptions): Database {
  try {
    return options.driver.open(options.path, { readOnly: options.access === "read", busyTimeoutMs });
  } catch (error) {
    throw translated(error, placeOf(options));
  }
}

async function prepare(connection: Connection, options: OpenOptions): Promise<void> {
  // Another first user may be switching the file to WAL just now, which needs it alone.
  await connection.outside(() =>
    connection.exec(
      "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -8000; " +
        "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 1000000;",
    )
  );
  const found = await connection.read(() => schemaOf(connection));
  refuseForeign(found, options.path);
  const pending = pendingMigrations(found.version, migrations, options.path);
  if (pending.length === 0) return;
  if (options.access === "read") {
    throw new StoreUnavailable(
      "no_access",
      `Cannot read ${options.path}: its schema must be brought up to date first`,
      {
        hint: "Any command that writes does so, for example: queuectl worker start",
      },
    );
  }
  if (found.isEmpty) await makeFile(connection);
  await migrate(connection, options);
}

interface FoundSchema {
  readonly version: number;
  readonly applicationId: number;
  readonly isEmpty: boolean;
}

function schemaOf(connection: Connection): FoundSchema {
  return {
    version: number(connection.sql("PRAGMA user_version").get()!, "user_version"),
    applicationId: number(connection.sql("PRAGMA application_id").get()!, "application_id"),
    isEmpty: connection.sql("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined,
  };
}

function refuseForeign(found: FoundSchema, path: string): void {
  if (found.isEmpty || found.applicationId === applicationId) return;
  throw new StoreUnavailable("not_a_store", `Cannot use ${path}: it is another program's database`, {
    hint: "Move that file away, or choose another home (--home)",
  });
}

/** Both pragmas must come before the first table, outside of a transaction. */
async function makeFile(connection: Connection): Promise<void> {
  // Without auto_vacuum from the start the file could only shrink by VACUUM, which node:sqlite refuses.
  await connection.outside(() => connection.exec("PRAGMA auto_vacuum = INCREMENTAL"));
  // Several first users at once: switching to WAL needs the file alone, so it is tried like any write.
  await connection.outside(() => connection.exec("PRAGMA journal_mode = WAL"));
}

async function migrate(connection: Connection, options: OpenOptions): Promise<void> {
  await connection.write("FULL", () => {
    // Read again under the lock: someone else may have migrated meanwhile.
    const found = schemaOf(connection);
    const pending = pendingMigrations(found.version, migrations, options.path);
    if (!found.isEmpty && pending.length > 0) {
      refuseWhileInUse(
        {
          // Of an older schema, so nothing is asked that only the newest has.
          workerIds: connection.sql("SELECT id FROM workers ORDER BY started_at, id").all()
            .map((row) => text(row, "id")),
          runs: number(
            connection.sql("SELECT count(*) AS runs FROM jobs WHERE state = 'processing'").get()!,
            "runs",
          ),
        },
        options.path,
      );
    }
    for (const migration of pending) {
      connection.exec(migration.sql);
      if (migration.version === 1) connection.exec(versionTable);
      connection.sql("INSERT INTO schema_versions (version, applied_at, program) VALUES (?, ?, ?)")
        .run(migration.version, options.clock(), options.programVersion);
      connection.exec(
        `PRAGMA user_version = ${migration.version}; PRAGMA application_id = ${applicationId};`,
      );
    }
    if (found.isEmpty) connection.sql("INSERT INTO store (name, value) VALUES ('epoch', '1')").run();
  });
}

const versionTable = `
CREATE TABLE schema_versions (
  version    INTEGER PRIMARY KEY,
  applied_at INTEGER NOT NULL,
  program    TEXT NOT NULL
) STRICT`;
