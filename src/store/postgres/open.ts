/** Opens a store on PostgreSQL: makes or migrates its schema, under a lock that no pooler is in the way of. */

import { StoreUnavailable } from "../../core/errors.ts";
import { schemaOf, withoutPassword, withoutSchema } from "../../core/store_address.ts";
import { pendingMigrations, refuseWhileInUse } from "../migrate.ts";
import { number, text } from "../rows.ts";
import type { Store } from "../store.ts";
import { Connection, type Queries } from "./connection.ts";
import { isMissing } from "./errors.ts";
import { migrations } from "./migrations.ts";
import { PostgresStore } from "./store.ts";

export interface OpenPostgresOptions {
  /** postgres://user:password@host:port/database?schema=name&option=value */
  readonly url: string;
  readonly access: "read" | "write";
  /** UTC milliseconds in place of the server's own, for tests. */
  readonly clock?: (() => number) | undefined;
  readonly connections?: number | undefined;
  /** How long an answer of the server is waited for, in milliseconds; 20 s unless given. */
  readonly answerMs?: number | undefined;
}

/** Any two openers of one schema take the same lock: its class is ours ("qctl" in ASCII), its number the schema's. */
const lockClass = 0x7163746c;

/** The store, or null where it is opened for reading and is not there yet. Throws `StoreUnavailable`. */
export async function openPostgresStore(options: OpenPostgresOptions): Promise<Store | null> {
  const schema = schemaOf(options.url);
  if (schema === undefined) throw new RangeError("the URL names no schema that could be");
  const location = withoutPassword(options.url);
  const connection = new Connection({
    url: withoutSchema(options.url),
    schema,
    location,
    clock: options.clock,
    most: options.connections,
    answerMs: options.answerMs,
  });
  try {
    const found = await schemaVersion(connection);
    const isCurrent = pendingMigrations(found, migrations, location).length === 0;
    if (!isCurrent && options.access === "read") {
      await connection.close();
      if (found === 0) return null;
      throw outdated(location);
    }
    if (!isCurrent) await migrate(connection, schema, location);
    return new PostgresStore(connection, {
      driver: "postgres",
      driverNote: null,
      engineVersion: await serverVersion(connection),
      schemaVersion: migrations.at(-1)!.version,
      location,
      isShared: true,
    });
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function outdated(location: string): StoreUnavailable {
  return new StoreUnavailable("older_in_use", `Cannot read ${location}: its schema is of an older queuectl`, {
    hint: "Any command that writes, such as enqueue, brings it up to date",
  });
}

/** 0 where there is no schema. */
async function schemaVersion(connection: Connection): Promise<number> {
  try {
    return await connection.read(readVersion);
  } catch (error) {
    if (isMissing(error instanceof Error ? error.cause ?? error : error)) return 0;
    throw error;
  }
}

async function readVersion(queries: Queries): Promise<number> {
  const row = await queries.first("SELECT value FROM @store WHERE name = 'schema_version'");
  return row === undefined ? 0 : Number(text(row, "value"));
}

async function serverVersion(connection: Connection): Promise<string> {
  const row = await connection.read((queries) => queries.first("SHOW server_version"));
  return text(row!, "server_version").split(" ")[0]!;
}

async function migrate(connection: Connection, schema: string, location: string): Promise<void> {
  await connection.write(async (queries) => {
    // Held until the end of the transaction; who comes second finds everything done.
    await queries.run(`SELECT pg_advisory_xact_lock(${lockClass}, hashtext($1))`, schema);
    const { there } = (await queries.first(
      "SELECT to_regclass($1) IS NOT NULL AS there",
      `"${schema}".store`,
    ))!;
    const current = there === true ? await readVersion(queries) : 0;
    const pending = pendingMigrations(current, migrations, location);
    if (pending.length === 0) return;
    if (current > 0) refuseWhileInUse(await use(queries), location);
    const hasSchema = await queries.first("SELECT 1 FROM pg_namespace WHERE nspname = $1", schema);
    // Only where it is missing: to make one takes a privilege that a plain user need not have.
    if (hasSchema === undefined) await queries.run(`CREATE SCHEMA "${schema}"`);
    for (const migration of pending) await apply(queries, migration.sql);
    await queries.run(
      `INSERT INTO @store (name, value) VALUES ('schema_version', $1)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      String(pending.at(-1)!.version),
    );
  });
}

async function apply(queries: Queries, sql: string): Promise<void> {
  const withoutComments = sql.replaceAll(/^ *--.*\n/gm, "");
  // The lines within a statement are indented.
  for (const statement of withoutComments.split(/;\n(?! )/)) {
    if (statement.trim() !== "") await queries.run(statement);
  }
}

async function use(
  queries: Queries,
): Promise<{ readonly workerIds: readonly string[]; readonly runs: number }> {
  const ids = await queries.all("SELECT id FROM @workers ORDER BY id");
  const live = await queries.first("SELECT count(*) AS count FROM @jobs WHERE state = 'processing'");
  return { workerIds: ids.map((row) => text(row, "id")), runs: number(live!, "count") };
}
