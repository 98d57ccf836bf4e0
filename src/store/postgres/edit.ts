import { movesToDrained } from "../../core/errors.ts";
import type { Job } from "../../core/job.ts";
import { changedJob, type JobChanges } from "../../core/job_changes.ts";
import { editValues } from "../edits.ts";
import { jobOf, number } from "../rows.ts";
import type { EditedJob } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Queries } from "./connection.ts";
import { writeTally } from "./counters.ts";

/** Changes a job that waits. Part of one write. */
export async function editJob(
  queries: Queries,
  id: string,
  changes: JobChanges,
): Promise<EditedJob | null> {
  const row = await queries.first("SELECT *, @now AS now FROM @jobs WHERE id = $1 FOR UPDATE", id);
  if (row === undefined) return null;
  const before = jobOf(row);
  if (before.state !== "pending" && before.state !== "blocked") return { before, after: null };
  const after = changedJob(before, changes, number(row, "now"));
  if (after.queue !== before.queue) await refuseDrained(queries, after);
  await queries.run(
    `UPDATE @jobs SET command = $1, argv = $2, priority = $3, max_retries = $4, timeout_ms = $5, kill_after_ms = $6,
            run_at = $7, sort_at = $8, updated_at = $9,
            gate = CASE WHEN $7::bigint > $9::bigint THEN 1 ELSE 0 END, queue = $11
     WHERE seq = $10`,
    ...editValues(after),
  );
  const tally = new Tally();
  tally.remove(before);
  tally.add(after);
  await writeTally(queries, tally);
  return { before, after };
}

async function refuseDrained(queries: Queries, { id, queue }: Job): Promise<void> {
  const row = await queries.first("SELECT state FROM @queues WHERE name = $1", queue);
  if (row?.state === "draining") throw movesToDrained(id, queue);
}
