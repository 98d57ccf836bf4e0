/** Workers and supervisors in SQLite. Each function is the body of one read or write. */

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
import type { Connection } from "./connection.ts";
import { hostPrefix } from "../../core/host.ts";
import { formatResources } from "../../core/demand.ts";
import { formatTags } from "../../core/tags.ts";
import { number, supervisorOf, text, workerOf } from "../rows.ts";

export function insertWorker(connection: Connection, worker: NewWorker, now: number): void {
  connection.sql(
    `INSERT INTO workers (id, pid, start_identity, host_name, host, supervisor_id, concurrency, tags, queues, resources, lease_ms, version,
                          started_at, heartbeat_at, stop)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT stop FROM supervisors WHERE id = ?))
     ON CONFLICT (id) DO NOTHING`,
  ).run(
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
    now,
    now,
    worker.supervisorId,
  );
}

export function renew(
  connection: Connection,
  id: string,
  at: { now: number; schemaVersion: number },
): Renewal {
  const row = connection.sql(
    "UPDATE workers SET beat = beat + 1, heartbeat_at = ? WHERE id = ? RETURNING stop",
  )
    .get(at.now, id);
  if (row === undefined) return null;
  const version = number(connection.sql("PRAGMA user_version").get()!, "user_version");
  return { stop: row.stop as StopMode | null, schemaChanged: version !== at.schemaVersion };
}

export function deleteWorker(connection: Connection, id: string, beat: number | null): boolean {
  return connection.sql("DELETE FROM workers WHERE id = ? AND (? IS NULL OR beat = ?)").run(id, beat, beat) >
    0;
}

export function listWorkers(connection: Connection): WorkerRow[] {
  const held = connection.sql(
    `SELECT jobs.id, jobs.worker_id AS holder, runs.adopted_by IS jobs.worker_id AS adopted
     FROM jobs JOIN runs ON runs.job_seq = jobs.seq AND runs.number = jobs.run_count
     WHERE jobs.state = 'processing' ORDER BY jobs.seq`,
  ).all();
  const byHolder = Map.groupBy(held, (row) => text(row, "holder"));
  return connection.sql("SELECT * FROM workers ORDER BY started_at, id").all().map((row) => {
    const rows = byHolder.get(text(row, "id")) ?? [];
    const ids = (some: typeof rows) => some.map((each) => text(each, "id"));
    return workerOf(row, { jobs: ids(rows), adopted: ids(rows.filter((each) => each.adopted === 1)) });
  });
}

export function insertSupervisor(connection: Connection, supervisor: NewSupervisor, now: number): void {
  connection.sql(
    `INSERT INTO supervisors (id, pid, start_identity, host, started_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO NOTHING`,
  ).run(supervisor.id, supervisor.pid, supervisor.startIdentity, supervisor.host, now);
}

export function listSupervisors(connection: Connection): SupervisorRow[] {
  return connection.sql("SELECT * FROM supervisors ORDER BY started_at, id").all().map(supervisorOf);
}

/** Marks who exists now, never lowering a mark; returns the ids of the workers whose mark changed. */
export function markStopping(connection: Connection, request: StopRequest): string[] {
  const { mode, detachMs } = request;
  const lower = stopModes.filter((each) => isStricter(mode, each)).map((each) => `'${each}'`).join(", ");
  const unmarked = `(stop IS NULL OR stop IN (${lower}))`;
  const owned = request.supervisorId ?? null;
  const prefix = request.hostName === undefined ? "" : hostPrefix(request.hostName);
  const meant = (owner: string) =>
    `${unmarked} AND (?2 IS NULL OR ${owner} = ?2) AND substr(host, 1, length(?3)) = ?3`;
  connection.sql(`UPDATE supervisors SET stop = ?1 WHERE ${meant("id")}`).run(mode, owned, prefix);
  const changed = connection.sql(`UPDATE workers SET stop = ?1 WHERE ${meant("supervisor_id")} RETURNING id`)
    .all(mode, owned, prefix).map((row) => text(row, "id"));
  if (detachMs !== undefined) { for (const id of changed) letGoOfRuns(connection, id, detachMs); }
  return changed;
}

/** Whoever is marked to stop claims nothing more, so what it holds now is all that it will let go of. */
function letGoOfRuns(connection: Connection, workerId: string, detachMs: number): void {
  connection.sql(
    `UPDATE runs SET detached_ms = ? WHERE (job_seq, number) IN
       (SELECT seq, run_count FROM jobs WHERE state = 'processing' AND worker_id = ?)`,
  ).run(detachMs, workerId);
}
