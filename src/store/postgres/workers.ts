/** Workers and supervisors in PostgreSQL. Each function is part of one read or write. */

import { hostPrefix } from "../../core/host.ts";
import { formatResources } from "../../core/demand.ts";
import { formatTags } from "../../core/tags.ts";
import { supervisorOf, text, workerOf } from "../rows.ts";
import {
  isStricter,
  type NewSupervisor,
  type NewWorker,
  type Renewal,
  type StopMode,
  stopModes,
  type StopRequest,
  type SupervisorRow,
  type WorkerRow,
} from "../store.ts";
import type { Queries } from "./connection.ts";

export async function insertWorker(queries: Queries, worker: NewWorker): Promise<void> {
  await queries.run(
    `INSERT INTO @workers (id, pid, start_identity, host_name, host, supervisor_id, concurrency, tags, queues, resources, lease_ms, version,
                           started_at, heartbeat_at, stop)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, now, now, (SELECT stop FROM @supervisors WHERE id = $6)
     FROM (SELECT @now AS now) AS at
     ON CONFLICT (id) DO NOTHING`,
    worker.id,
    worker.pid,
    worker.startIdentity,
    worker.hostName,
    worker.host,
    worker.supervisorId,
    worker.concurrency,
    formatTags(worker.tags),
    worker.queues.join(),
    formatResources(worker.resources),
    worker.leaseMs,
    worker.version,
  );
}

export async function renew(queries: Queries, id: string, schemaVersion: number): Promise<Renewal> {
  const row = await queries.first(
    `UPDATE @workers SET beat = beat + 1, heartbeat_at = @now WHERE id = $1
     RETURNING stop, (SELECT value FROM @store WHERE name = 'schema_version') AS version`,
    id,
  );
  if (row === undefined) return null;
  return { stop: row.stop as StopMode | null, schemaChanged: Number(text(row, "version")) !== schemaVersion };
}

export async function deleteWorker(queries: Queries, id: string, beat: number | null): Promise<boolean> {
  return await queries.run(
    "DELETE FROM @workers WHERE id = $1 AND ($2::bigint IS NULL OR beat = $2::bigint)",
    id,
    beat,
  ) > 0;
}

/** Within a snapshot. */
export async function listWorkers(queries: Queries): Promise<WorkerRow[]> {
  const held = await queries.all(
    `SELECT jobs.id, jobs.worker_id AS holder, runs.adopted_by IS NOT DISTINCT FROM jobs.worker_id AS adopted
     FROM @jobs AS jobs JOIN @runs AS runs ON runs.job_seq = jobs.seq AND runs.number = jobs.run_count
     WHERE jobs.state = 'processing' ORDER BY jobs.seq`,
  );
  const byHolder = Map.groupBy(held, (row) => text(row, "holder"));
  const workers = await queries.all("SELECT * FROM @workers ORDER BY started_at, id");
  return workers.map((row) => {
    const rows = byHolder.get(text(row, "id")) ?? [];
    const ids = (some: typeof rows) => some.map((each) => text(each, "id"));
    return workerOf(row, { jobs: ids(rows), adopted: ids(rows.filter((each) => each.adopted === true)) });
  });
}

export async function insertSupervisor(queries: Queries, supervisor: NewSupervisor): Promise<void> {
  const { id, pid, startIdentity, host } = supervisor;
  await queries.run(
    `INSERT INTO @supervisors (id, pid, start_identity, host, started_at) VALUES ($1, $2, $3, $4, @now)
     ON CONFLICT (id) DO NOTHING`,
    id,
    pid,
    startIdentity,
    host,
  );
}

export async function listSupervisors(queries: Queries): Promise<SupervisorRow[]> {
  return (await queries.all("SELECT * FROM @supervisors ORDER BY started_at, id")).map(supervisorOf);
}

/** Marks who exists now, never lowering a mark; returns the ids of the workers whose mark changed. */
export async function markStopping(queries: Queries, request: StopRequest): Promise<string[]> {
  const { mode, detachMs } = request;
  const lower = stopModes.filter((each) => isStricter(mode, each)).map((each) => `'${each}'`).join(", ");
  const unmarked = lower === "" ? "stop IS NULL" : `(stop IS NULL OR stop IN (${lower}))`;
  const owned = request.supervisorId ?? null;
  const prefix = request.hostName === undefined ? "" : hostPrefix(request.hostName);
  const meant = (owner: string) =>
    `${unmarked} AND ($2::text IS NULL OR ${owner} = $2) AND starts_with(host, $3)`;
  await queries.run(`UPDATE @supervisors SET stop = $1 WHERE ${meant("id")}`, mode, owned, prefix);
  const changed = (await queries.all(
    `UPDATE @workers SET stop = $1 WHERE ${meant("supervisor_id")} RETURNING id`,
    mode,
    owned,
    prefix,
  )).map((row) => text(row, "id")).toSorted();
  if (detachMs !== undefined) await letGoOfRuns(queries, changed, detachMs);
  return changed;
}

/** Whoever is marked to stop claims nothing more, so what they hold now is all that they will let go of. */
async function letGoOfRuns(queries: Queries, workerIds: readonly string[], detachMs: number): Promise<void> {
  await queries.run(
    `UPDATE @runs AS runs SET detached_ms = $1 FROM @jobs AS jobs
     WHERE runs.job_seq = jobs.seq AND runs.number = jobs.run_count AND jobs.state = 'processing'
       AND jobs.worker_id = ANY ($2::text[])`,
    detachMs,
    workerIds,
  );
}

export async function isRegistered(queries: Queries, workerId: string): Promise<boolean> {
  return await queries.first("SELECT 1 FROM @workers WHERE id = $1 FOR SHARE", workerId) !== undefined;
}

/** The worker that holds a job, or null. */
export async function holderOf(queries: Queries, workerId: string | null): Promise<WorkerRow | null> {
  if (workerId === null) return null;
  return (await listWorkers(queries)).find((worker) => worker.id === workerId) ?? null;
}
