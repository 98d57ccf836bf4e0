import { changedColumns, changedJobOf } from "../changed_jobs.ts";
import type { ChangedJob, ChangePlace } from "../store.ts";
import type { Queries } from "./connection.ts";

/** Jobs by when they were changed last. */
export async function readChanges(
  queries: Queries,
  { at, seq }: ChangePlace,
  limit: number,
): Promise<ChangedJob[]> {
  const rows = await queries.all(
    `SELECT ${changedColumns} FROM @jobs
     WHERE (updated_at, seq) > ($1::bigint, $2::bigint) ORDER BY updated_at, seq LIMIT $3::bigint`,
    at,
    seq,
    limit,
  );
  return rows.map(changedJobOf);
}
