import { changedColumns, changedJobOf } from "../changed_jobs.ts";
import type { ChangedJob, ChangePlace } from "../store.ts";
import type { Connection } from "./connection.ts";

/** Jobs by when they were changed last. */
export function readChanges(connection: Connection, { at, seq }: ChangePlace, limit: number): ChangedJob[] {
  const rows = connection.sql(
    `SELECT ${changedColumns} FROM jobs INDEXED BY jobs_updated
     WHERE (updated_at, seq) > (?, ?) ORDER BY updated_at, seq LIMIT ?`,
  ).all(at, seq, limit);
  return rows.map(changedJobOf);
}
