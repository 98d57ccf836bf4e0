/** A move's steps in SQLite. Each function is the body of one read or write. */

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
import type { Connection } from "./connection.ts";

export function refuseWhileMoving(connection: Connection, location: string): void {
  refuseWrites(readMove(connection), location);
}

export function readMoveState(connection: Connection): MoveState {
  const row = connection.sql("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'").get();
  return {
    move: readMove(connection),
    origins: parseOrigins(valueOf(connection, "origins")),
    lastSeq: row === undefined ? 0 : number(row, "seq"),
  };
}

function readMove(connection: Connection): Move | null {
  return parseMove(valueOf(connection, "move"));
}

function valueOf(connection: Connection, name: string): string | null {
  const row = connection.sql("SELECT value FROM store WHERE name = ?").get(name);
  return row === undefined ? null : textOrNull(row, "value");
}

export function writeMove(
  connection: Connection,
  change: { readonly from: Move | null; readonly to: Move | null; readonly lastSeq: number },
  location: string,
): boolean {
  const { from, to } = change;
  if (!isSameMove(readMove(connection), from)) return false;
  if (entersMove(from, to)) refuseUse(to, useOf(connection), location);
  // Of queues that are not there any more.
  if (to?.phase === "filling" && from === null) {
    connection.sql("DELETE FROM tallies").run();
    connection.sql("DELETE FROM statistics").run();
  }
  if (from !== null && isTarget(from) && (to === null || !isTarget(to))) countAnew(connection);
  if (from?.phase === "filling" && to === null) {
    const origins = parseOrigins(valueOf(connection, "origins"));
    writeValue(connection, "origins", [...origins, from.id].join(" "));
    connection.sql("DELETE FROM sqlite_sequence WHERE name = 'jobs' AND seq < ?").run(change.lastSeq);
    connection.sql(
      `INSERT INTO sqlite_sequence (name, seq)
       SELECT 'jobs', ? WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'jobs')`,
    ).run(change.lastSeq);
  }
  if (to === null) connection.sql("DELETE FROM store WHERE name = 'move'").run();
  else writeValue(connection, "move", JSON.stringify(to));
  return true;
}

function writeValue(connection: Connection, name: string, value: string): void {
  connection.sql("INSERT OR REPLACE INTO store (name, value) VALUES (?, ?)").run(name, value);
}

function useOf(connection: Connection) {
  const row = connection.sql(
    `SELECT (SELECT count(*) FROM jobs WHERE state = 'processing') AS runs,
            (SELECT count(*) FROM workers WHERE stop IS NULL) +
              (SELECT count(*) FROM supervisors WHERE stop IS NULL) AS crew,
            EXISTS (SELECT 1 FROM jobs) OR EXISTS (SELECT 1 FROM queues) AS has_jobs,
            (SELECT count(*) FROM inputs WHERE file IS NOT NULL) AS input_files`,
  ).get()!;
  return {
    runs: number(row, "runs"),
    crew: number(row, "crew"),
    hasJobs: row.has_jobs === 1,
    inputFiles: number(row, "input_files"),
  };
}

export function countAnew(connection: Connection): void {
  connection.sql("DELETE FROM counters").run();
  connection.sql(
    `INSERT INTO counters (queue, bucket, count)
     SELECT queue, state, count(*) FROM jobs GROUP BY queue, state
     UNION ALL
     SELECT queue, 'failed', count(*) FROM jobs WHERE state = 'pending' AND attempts > 0 GROUP BY queue`,
  ).run();
}

export function readRows(connection: Connection, table: MovedTable, after: RowKey | null): MovedRow[] {
  const last = batchEnd(connection, table, after ?? firstKey[table]);
  if (last === null) return [];
  const { key, marks } = keyOfTable(table);
  return connection.sql(
    `SELECT * FROM ${table} WHERE (${key}) > (${marks}) AND (${key}) <= (${marks}) ORDER BY ${key}`,
  ).all(...(after ?? firstKey[table]), ...last) as MovedRow[];
}

/** The key of the last row of the batch that begins after a key, or null where no row is left. */
function batchEnd(connection: Connection, table: MovedTable, after: RowKey): RowKey | null {
  const { key, marks } = keyOfTable(table);
  const rows = connection.sql(
    `SELECT ${key}, ${sizeOfRow[table]} AS size FROM ${table} WHERE (${key}) > (${marks})
     ORDER BY ${key} LIMIT ${moveBatch.rows}`,
  ).all(...after);
  const last = rows[batchOf(rows.map((row) => number(row, "size"))) - 1];
  return last === undefined ? null : keyOf(table, last as MovedRow);
}

function keyOfTable(table: MovedTable): { readonly key: string; readonly marks: string } {
  const columns = keyColumns[table];
  return { key: columns.join(", "), marks: columns.map(() => "?").join(", ") };
}

/** Where the table then ends, or null where that was the end of this move. */
export function writeRows(
  connection: Connection,
  move: Move,
  { table, rows }: { readonly table: MovedTable; readonly rows: readonly MovedRow[] },
): RowKey | null {
  if (!isSameMove(readMove(connection), move)) return null;
  const { key } = keyOfTable(table);
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length > 0) {
    const insert = connection.sql(
      `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
       ON CONFLICT (${key}) DO NOTHING`,
    );
    for (const row of rows) insert.run(...columns.map((column) => row[column]!));
  }
  const order = keyColumns[table].map((column) => `${column} DESC`).join(", ");
  const last = connection.sql(`SELECT ${key} FROM ${table} ORDER BY ${order} LIMIT 1`).get();
  return last === undefined ? firstKey[table] : keyOf(table, last as MovedRow);
}

/** Deletes a batch; whether there was one, and this is still the move. */
export function deleteRows(connection: Connection, move: Move): boolean {
  if (!isSameMove(readMove(connection), move)) return false;
  for (const table of movedTables.toReversed()) {
    const last = batchEnd(connection, table, firstKey[table]);
    if (last === null) continue;
    const { key, marks } = keyOfTable(table);
    connection.sql(`DELETE FROM ${table} WHERE (${key}) <= (${marks})`).run(...last);
    return true;
  }
  return false;
}
