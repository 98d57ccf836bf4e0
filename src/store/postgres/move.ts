/** A move's steps in PostgreSQL. Each function is part of one read or write. */

import {
  batchOf,
  entersMove,
  firstKey,
  isSameMove,
  isTarget,
  keyColumns,
  keyOf,
  type Move,
  moveBatch,
  type MovedRow,
  type MovedTable,
  movedTables,
  type MoveState,
  parseMove,
  parseOrigins,
  refuseUse,
  refuseWrites,
  type RowKey,
  sizeOfRow,
} from "../move.ts";
import { number, textOrNull } from "../rows.ts";
import type { PgValue } from "./client.ts";
import type { Queries } from "./connection.ts";

/**
 * To be asked after the write that it may undo: by its lock on the table that write has either come before the mark,
 * which then waits for its commit, or it is seen here.
 */
export async function refuseWhileMoving(queries: Queries, location: string): Promise<void> {
  const row = await queries.first("SELECT value FROM @store WHERE name = 'move'");
  refuseWrites(parseMove(row?.value as string | undefined), location);
}

const sequence = "pg_get_serial_sequence('@jobs', 'seq')";

export async function readMoveState(queries: Queries): Promise<MoveState> {
  const row = (await queries.first(
    `SELECT (SELECT value FROM @store WHERE name = 'move') AS move,
            (SELECT value FROM @store WHERE name = 'origins') AS origins,
            CASE WHEN has_sequence_privilege(${sequence}, 'USAGE, SELECT')
                 THEN coalesce(pg_sequence_last_value(${sequence}::regclass), 0) ELSE 0 END AS last_seq`,
  ))!;
  return {
    move: parseMove(textOrNull(row, "move")),
    origins: parseOrigins(textOrNull(row, "origins")),
    lastSeq: number(row, "last_seq"),
  };
}

export async function writeMove(
  queries: Queries,
  change: { readonly from: Move | null; readonly to: Move | null; readonly lastSeq: number },
  location: string,
): Promise<boolean> {
  const { from, to } = change;
  // One change at a time; then what waits for the mark's row; then nobody who adds something is under way.
  await queries.run("LOCK TABLE @store IN SHARE ROW EXCLUSIVE MODE");
  const row = await queries.first("SELECT value FROM @store WHERE name = 'move' FOR UPDATE");
  if (!isSameMove(parseMove(row?.value as string | undefined), from)) return false;
  await queries.run("LOCK TABLE @supervisors, @workers, @jobs, @queues IN SHARE ROW EXCLUSIVE MODE");
  if (entersMove(from, to)) refuseUse(to, await useOf(queries), location);
  // Of queues that are not there any more.
  if (to?.phase === "filling" && from === null) {
    await queries.run("DELETE FROM @tallies");
    await queries.run("DELETE FROM @statistics");
  }
  if (from !== null && isTarget(from) && (to === null || !isTarget(to))) await countAnew(queries);
  if (from?.phase === "filling" && to === null) {
    const { origins } = await readMoveState(queries);
    await writeValue(queries, "origins", [...origins, from.id].join(" "));
    await queries.all(
      `SELECT setval(${sequence}, greatest(1, $1::bigint, pg_sequence_last_value(${sequence}::regclass)),
                     $1::bigint > 0 OR pg_sequence_last_value(${sequence}::regclass) IS NOT NULL)`,
      change.lastSeq,
    );
  }
  if (to === null) await queries.run("DELETE FROM @store WHERE name = 'move'");
  else await writeValue(queries, "move", JSON.stringify(to));
  return true;
}

async function writeValue(queries: Queries, name: string, value: string): Promise<void> {
  await queries.run(
    "INSERT INTO @store (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    name,
    value,
  );
}

async function useOf(queries: Queries) {
  const row = (await queries.first(
    `SELECT (SELECT count(*) FROM @jobs WHERE state = 'processing') AS runs,
            (SELECT count(*) FROM @workers WHERE stop IS NULL) +
              (SELECT count(*) FROM @supervisors WHERE stop IS NULL) AS crew,
            EXISTS (SELECT FROM @jobs) OR EXISTS (SELECT FROM @queues) AS has_jobs,
            (SELECT count(*) FROM @inputs WHERE file IS NOT NULL) AS input_files`,
  ))!;
  return {
    runs: number(row, "runs"),
    crew: number(row, "crew"),
    hasJobs: row.has_jobs === true,
    inputFiles: number(row, "input_files"),
  };
}

export async function countAnew(queries: Queries): Promise<void> {
  await queries.run("DELETE FROM @counters");
  await queries.run(
    `INSERT INTO @counters (queue, bucket, shard, count)
     SELECT queue, state, 0, count(*) FROM @jobs GROUP BY queue, state
     UNION ALL
     SELECT queue, 'failed', 0, count(*) FROM @jobs WHERE state = 'pending' AND attempts > 0 GROUP BY queue`,
  );
}

export async function readRows(
  queries: Queries,
  table: MovedTable,
  after: RowKey | null,
): Promise<MovedRow[]> {
  const begin = after ?? firstKey[table];
  const last = await batchEnd(queries, table, begin);
  if (last === null) return [];
  const { key, marks } = keyOfTable(table);
  return await queries.all(
    `SELECT * FROM @${table} WHERE (${key}) > (${marks()}) AND (${key}) <= (${
      marks(begin.length)
    }) ORDER BY ${key}`,
    ...begin,
    ...last,
  ) as MovedRow[];
}

/** The key of the last row of the batch that begins after a key, or null where no row is left. */
async function batchEnd(queries: Queries, table: MovedTable, after: RowKey): Promise<RowKey | null> {
  const { key, marks } = keyOfTable(table);
  const rows = await queries.all(
    `SELECT ${key}, ${sizeOfRow[table]} AS size FROM @${table} WHERE (${key}) > (${marks()})
     ORDER BY ${key} LIMIT ${moveBatch.rows}`,
    ...after,
  );
  const last = rows[batchOf(rows.map((row) => number(row, "size"))) - 1];
  return last === undefined ? null : keyOf(table, last as MovedRow);
}

interface TableKey {
  readonly key: string;
  /** Places for the values of a key, after so many others. */
  marks(after?: number): string;
}

function keyOfTable(table: MovedTable): TableKey {
  const columns = keyColumns[table];
  const types: Readonly<Record<string, string>> = {
    number: "int",
    stream: "text",
    name: "text",
    queue: "text",
    kind: "text",
    program: "text",
    measure: "text",
    bucket: "text",
    shard: "int",
    key: "text",
    id: "text",
  };
  return {
    // In the order of SQLite, whatever order of letters the database has.
    key: columns.map((column) => types[column] === "text" ? `${column} COLLATE "C"` : column).join(", "),
    marks: (after = 0) =>
      columns.map((column, index) => `$${after + index + 1}::${types[column] ?? "bigint"}`).join(", "),
  };
}

/** Where the table then ends, or null where that was the end of this move. */
export async function writeRows(
  queries: Queries,
  move: Move,
  { table, rows }: { readonly table: MovedTable; readonly rows: readonly MovedRow[] },
): Promise<RowKey | null> {
  if (!await holdsMove(queries, move)) return null;
  const { key } = keyOfTable(table);
  if (rows.length > 0) {
    // Which columns there are, and of which types, the table itself says. Another call may be storing the same rows,
    // so any index may be the one that finds them first.
    await queries.run(
      `INSERT INTO @${table} OVERRIDING SYSTEM VALUE
       SELECT * FROM json_populate_recordset(NULL::@${table}, $1::text::json)
       ON CONFLICT DO NOTHING`,
      JSON.stringify(rows, (_, value) => value instanceof Uint8Array ? `\\x${value.toHex()}` : value),
    );
  }
  const order = keyColumns[table].map((column) => `${column} DESC`).join(", ");
  const last = await queries.first(`SELECT ${key} FROM @${table} ORDER BY ${order} LIMIT 1`);
  return last === undefined ? firstKey[table] : keyOf(table, last as MovedRow);
}

/** Deletes a batch; whether there was one, and this is still the move. */
export async function deleteRows(queries: Queries, move: Move): Promise<boolean> {
  if (!await holdsMove(queries, move)) return false;
  for (const table of movedTables.toReversed()) {
    const last = await batchEnd(queries, table, firstKey[table]);
    if (last === null) continue;
    const { key, marks } = keyOfTable(table);
    await queries.run(`DELETE FROM @${table} WHERE (${key}) <= (${marks()})`, ...last as PgValue[]);
    return true;
  }
  return false;
}

/** Whether the store bears the mark, which then stays until the transaction ends. */
async function holdsMove(queries: Queries, move: Move): Promise<boolean> {
  const row = await queries.first("SELECT value FROM @store WHERE name = 'move' FOR SHARE");
  return isSameMove(parseMove(row?.value as string | undefined), move);
}
