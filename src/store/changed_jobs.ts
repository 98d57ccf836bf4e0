/** What is read of jobs that have changed. */

import type { JobState } from "../core/job.ts";
import { number, type SqlRow, text } from "./rows.ts";
import type { ChangedJob } from "./store.ts";

export const changedColumns = "seq, id, queue, state, attempts, run_count, exit_code, updated_at";

export function changedJobOf(row: SqlRow): ChangedJob {
  return {
    seq: number(row, "seq"),
    id: text(row, "id"),
    queue: text(row, "queue"),
    state: text(row, "state") as JobState,
    attempts: number(row, "attempts"),
    runCount: number(row, "run_count"),
    exitCode: row.exit_code as number | null,
    updatedAt: number(row, "updated_at"),
  };
}
