import { changedJob, type JobChanges } from "../../core/job_changes.ts";
import type { Job } from "../../core/job.ts";
import { movesToDrained } from "../../core/errors.ts";
import { editValues } from "../edits.ts";
import { gateOf } from "../queue_limits.ts";
import type { EditedJob } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Connection } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { queueLimits } from "./gates.ts";
import { jobById } from "./jobs.ts";
import { isDraining } from "./draining.ts";

function refuseDrainedQueue(connection: Connection, { id, queue }: Job): void {
  if (isDraining(connection, queue)) throw movesToDrained(id, queue);
}

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
  if (after.queue !== before.queue) refuseDrainedQueue(connection, after);
  connection.sql(
    `UPDATE jobs SET command = ?1, argv = ?2, priority = ?3, max_retries = ?4, timeout_ms = ?5, kill_after_ms = ?6,
            run_at = ?7, sort_at = ?8, updated_at = ?9,
            queue = ?11, gate = ?12
     WHERE seq = ?10`,
  ).run(...editValues(after), gateOf(queueLimits(connection), after, after.runAt <= now));
  const tally = new Tally();
  tally.remove(before);
  tally.add(after);
  writeTally(connection, tally);
  return { before, after };
}
