import { changedJob, type JobChanges } from "../../core/job_changes.ts";
import { editValues } from "../edits.ts";
import { gateOf } from "../queue_limits.ts";
import type { EditedJob } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Connection } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { queueLimits } from "./gates.ts";
import { jobById } from "./jobs.ts";

/** Changes a job that waits. The body of one write. */
export function editJob(
  connection: Connection,
  { id, changes }: { readonly id: string; readonly changes: JobChanges },
  now: number,
): EditedJob | null {
  const before = jobById(connection, id);
  if (before === null) return null;
  if (before.state !== "pending" && before.state !== "blocked") return { before, after: null };
  const after = changedJob(before, changes, now);
  connection.sql(
    `UPDATE jobs SET command = ?1, argv = ?2, priority = ?3, max_retries = ?4, timeout_ms = ?5, kill_after_ms = ?6,
            run_at = ?7, sort_at = ?8, updated_at = ?9,
            gate = ?11
     WHERE seq = ?10`,
  ).run(...editValues(after), gateOf(queueLimits(connection), after, after.runAt <= now));
  const tally = new Tally();
  tally.touch(after);
  writeTally(connection, tally);
  return { before, after };
}
