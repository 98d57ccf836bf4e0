/** What is ready in SQLite, and how much room there is for it: what a claim chooses from. Each function is part of a read. */

import { type ClaimRoom, type Head, keyName, type Lane } from "../../core/claim_plan.ts";
import { couldEverFit, parseDemand, type Resources } from "../../core/demand.ts";
import { type Claimer, type LaneName, leftOf, takesResources } from "../claimer.ts";
import { keyLimitOf, type LimitsByQueue, type QueueLimits } from "../queue_limits.ts";
import { number, type SqlRow, text, textOrNull } from "../rows.ts";
import type { Connection } from "./connection.ts";
import { liveOfKey } from "./gates.ts";

// The indexes are named in the statements: without statistics SQLite takes the one by state, and reads every waiting job.

/** A ready job with its row. */
export interface ReadyJob extends Head {
  readonly row: SqlRow;
}

export interface Survey {
  /** By the worker's queues, in its order. */
  readonly tiers: readonly (readonly Lane<ReadyJob>[])[];
  readonly room: ClaimRoom;
  /** When a queue of ready jobs has room again that has none for a time, or null. */
  readonly nextRoomAt: number | null;
  /** Whether some were passed over that have expired, and that nobody has cancelled yet. */
  readonly seesExpired: boolean;
}

/** What a worker could be given now that has so many free slots. */
export function surveyReady(
  connection: Connection,
  claimer: Claimer,
  { queues, slots, limits, now }: {
    readonly queues: readonly string[];
    readonly slots: number;
    readonly limits: LimitsByQueue;
    readonly now: number;
  },
): Survey {
  const seen = new Set<string>();
  const tiers = queues.map((pattern) =>
    lanesOf(connection, claimer, pattern).filter(({ queue, demand }) => {
      const name = `${queue} ${demand}`;
      return !seen.has(name) && seen.add(name) && limits.get(queue)?.state !== "paused";
    }).map((lane) => withHeads(connection, lane, { slots, limits, now }))
  );
  const lanes = tiers.flat();
  const rooms = new Map<string, number>();
  let nextRoomAt: number | null = null;
  for (const queue of new Set(lanes.map((lane) => lane.queue))) {
    const found = limits.get(queue);
    if (found === undefined) continue;
    const { room, againAt } = roomOf(connection, queue, found, now);
    if (room !== Infinity) rooms.set(queue, room);
    if (againAt !== null) nextRoomAt = Math.min(againAt, nextRoomAt ?? Infinity);
  }
  const room = {
    slots,
    queues: rooms,
    keys: keyRooms(connection, lanes, limits),
    resources: freeResources(connection, claimer, lanes),
  };
  return { tiers, room, nextRoomAt, seesExpired: lanes.some((lane) => lane.seesExpired) };
}

/** The lanes with something ready that a worker could ever be given a job of. */
function lanesOf(connection: Connection, claimer: Claimer, pattern: string): readonly LaneName[] {
  const isPlain = claimer.tags.length === 0 && claimer.concurrency === 1 &&
    Object.keys(claimer.resources).length === 0;
  if (isPlain && !pattern.endsWith("*")) return [{ queue: pattern, demand: "" }];
  const prefix = pattern.endsWith("*") ? pattern.slice(0, -1) : pattern;
  // From one lane to the next by the index, however many jobs there are in each.
  const next = (beyond: string) =>
    `SELECT seq FROM jobs INDEXED BY jobs_ready WHERE state = 'pending' AND gate = 0 AND ${beyond}
     ORDER BY queue, needs, sort_at, seq LIMIT 1`;
  const rows = connection.sql(
    `WITH RECURSIVE lane (seq) AS (
       SELECT (${next("queue >= ?1")})
       UNION ALL
       SELECT (${next("(queue, needs) > (head.queue, head.needs)")})
       FROM lane JOIN jobs AS head ON head.seq = lane.seq
       WHERE CASE WHEN ?2 THEN substr(head.queue, 1, length(?1)) = ?1 ELSE head.queue = ?1 END
     ) SELECT queue, needs FROM lane JOIN jobs USING (seq)`,
  ).all(prefix, pattern.endsWith("*") ? 1 : 0);
  return rows.map((row) => ({ queue: text(row, "queue"), demand: text(row, "needs") }))
    .filter(({ queue, demand }) =>
      (pattern.endsWith("*") ? queue.startsWith(prefix) : queue === pattern) &&
      couldEverFit(parseDemand(demand), claimer)
    );
}

function withHeads(
  connection: Connection,
  { queue, demand }: LaneName,
  at: { readonly slots: number; readonly limits: LimitsByQueue; readonly now: number },
): Lane<ReadyJob> & { readonly seesExpired: boolean } {
  const rows = connection.sql(
    `SELECT * FROM jobs INDEXED BY jobs_ready
     WHERE state = 'pending' AND gate = 0 AND queue = ? AND needs = ? ORDER BY sort_at, seq LIMIT ?`,
  ).all(queue, demand, at.slots);
  const current = rows.filter((row) => !isOver(row, at.now));
  const heads = current.map((row) => {
    const key = textOrNull(row, "limit_key");
    return {
      seq: number(row, "seq"),
      sortAt: number(row, "sort_at"),
      key: keyLimitOf(at.limits, { queue, key }) === null ? null : key,
      row,
    };
  });
  return { queue, demand, heads, seesExpired: current.length < rows.length };
}

/** Whether it has expired. Those behind it wait until it is cancelled: passing over all that have could take long. */
function isOver(row: SqlRow, now: number): boolean {
  const expiresAt = row.expires_at as number | null;
  return expiresAt !== null && expiresAt <= now && row.run_count === 0;
}

/** How many more jobs of a queue may start now, and when it may be more where time alone makes it so. */
function roomOf(
  connection: Connection,
  queue: string,
  { limit, rate, throttledUntil }: QueueLimits,
  now: number,
): { readonly room: number; readonly againAt: number | null } {
  if (throttledUntil !== null && throttledUntil > now) return { room: 0, againAt: throttledUntil };
  const free = limit === null ? Infinity : Math.max(0, limit - liveOfQueue(connection, queue));
  if (rate === null) return { room: free, againAt: null };
  const row = connection.sql(
    "SELECT count(*) AS count, min(started_at) AS first FROM starts WHERE queue = ? AND started_at > ?",
  ).get(queue, now - rate.perMs)!;
  const left = Math.max(0, rate.count - number(row, "count"));
  const againAt = left === 0 && free > 0 ? number(row, "first") + rate.perMs : null;
  return { room: Math.min(free, left), againAt };
}

export function liveOfQueue(connection: Connection, queue: string): number {
  const row = connection.sql(
    "SELECT count(*) AS count FROM jobs INDEXED BY jobs_live WHERE state = 'processing' AND queue = ?",
  ).get(queue)!;
  return number(row, "count");
}

function keyRooms(
  connection: Connection,
  lanes: readonly Lane<ReadyJob>[],
  limits: LimitsByQueue,
): ReadonlyMap<string, number> {
  const rooms = new Map<string, number>();
  for (const { queue, heads } of lanes) {
    for (const { key } of heads) {
      if (key === null || rooms.has(keyName(queue, key))) continue;
      rooms.set(keyName(queue, key), limits.get(queue)!.keyLimit! - liveOfKey(connection, queue, key));
    }
  }
  return rooms;
}

/** What the jobs that run on a worker's host leave of its resources; not looked for where nothing ready takes any. */
function freeResources(
  connection: Connection,
  { resources, host }: Claimer,
  lanes: readonly Lane<ReadyJob>[],
): Resources {
  if (!lanes.some(takesResources)) return resources;
  const rows = connection.sql(
    `SELECT needs FROM jobs INDEXED BY jobs_live JOIN runs ON job_seq = seq AND number = run_count
     WHERE state = 'processing' AND needs LIKE '%=%' AND runs.host = ?`,
  ).all(host);
  return leftOf(resources, rows.map((row) => parseDemand(text(row, "needs"))));
}
