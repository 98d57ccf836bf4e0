/** Workers and supervisors in SQLite. Each function is the body of one read or write. */

import type { NewSupervisor, NewWorker, Renewal, StopMode, SupervisorRow, WorkerRow } from "../store.ts";
import type { Connection } from "./connection.ts";
import { number, supervisorOf, text, workerOf } from "./rows.ts";

export function insertWorker(connection: Connection, worker: NewWorker, now: number): void {
  connection.sql(
    `INSERT INTO workers (id, pid, start_identity, host_name, host, supervisor_id, concurrency, lease_ms, version,
                          started_at, heartbeat_at, stop)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT stop FROM supervisors WHERE id = ?))`,
  ).run(
    worker.id,
    worker.pid,
    worker.startIdentity,
    worker.hostName,
    worker.host,
    worker.supervisorId,
    worker.concurrency,
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
  const held = new Map<string, string[]>();
  for (
    const row of connection.sql("SELECT id, worker_id FROM jobs WHERE state = 'processing' ORDER BY seq")
      .all()
  ) {
    const holder = text(row, "worker_id");
    const ids = held.get(holder);
    if (ids === undefined) held.set(holder, [text(row, "id")]);
    else ids.push(text(row, "id"));
  }
  return connection.sql("SELECT * FROM workers ORDER BY started_at, id").all()
    .map((row) => workerOf(row, held.get(text(row, "id")) ?? []));
}

export function insertSupervisor(connection: Connection, supervisor: NewSupervisor, now: number): void {
  connection.sql("INSERT INTO supervisors (id, pid, start_identity, host, started_at) VALUES (?, ?, ?, ?, ?)")
    .run(supervisor.id, supervisor.pid, supervisor.startIdentity, supervisor.host, now);
}

export function listSupervisors(connection: Connection): SupervisorRow[] {
  return connection.sql("SELECT * FROM supervisors ORDER BY started_at, id").all().map(supervisorOf);
}

/** Marks who exists now, never lowering a mark; returns the ids of the workers whose mark changed. */
export function markStopping(
  connection: Connection,
  mode: StopMode,
  supervisorId: string | undefined,
): string[] {
  const unmarked = mode === "drain" ? "stop IS NULL" : "stop IS NOT 'force'";
  const owned = supervisorId ?? null;
  connection.sql(`UPDATE supervisors SET stop = ? WHERE ${unmarked} AND (? IS NULL OR id = ?)`)
    .run(mode, owned, owned);
  const changed = connection.sql(
    `UPDATE workers SET stop = ? WHERE ${unmarked} AND (? IS NULL OR supervisor_id = ?) RETURNING id`,
  ).all(mode, owned, owned);
  return changed.map((row) => text(row, "id"));
}
