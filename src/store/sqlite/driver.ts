/** What the SQLite adapter needs of a driver: small enough that two of them fit behind it. */

import type { SqlRow } from "../rows.ts";

export type SqlValue = null | number | string | Uint8Array;

export interface Statement {
  /** Executes; returns how many rows were changed. */
  run(...values: SqlValue[]): number;
  /** The first row, or undefined; leaves no read open. */
  get(...values: SqlValue[]): SqlRow | undefined;
  all(...values: SqlValue[]): SqlRow[];
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Driver {
  readonly name: "@db/sqlite" | "node:sqlite";
  /** Why the preferred driver does not serve, or null. */
  readonly note: string | null;
  readonly sqliteVersion: string;
  /** Throws the driver's own error; `errors.ts` reads it. */
  open(path: string, options: { readonly readOnly: boolean; readonly busyTimeoutMs: number }): Database;
}
