/** What is ready in SQLite, and how much room there is for it: what a claim chooses from. Each function is part of a read. */

import { type ClaimPlan, type ClaimRoom, type Head, type Lane, planClaim } from "../../core/claim_plan.ts";
import { isMatch } from "../../core/queue.ts";
import { couldEverFit, parseDemand, type Resources } from "../../core/demand.ts";
import { type Claimer, type LaneName, leftOf, takesResources } from "../claimer.ts";
import { keyLimitOf, type LimitsByQueue, type QueueLimits } from "../queue_limits.ts";
import { number, type SqlRow, text, textOrNull } from "../rows.ts";
import type { Connection } from "./connection.ts";
import { liveOfKey } from "./gates.ts";

// The indexes are named in the statements: without statistics SQLite takes the one by state, and reads every waiting job.

/** A ready job. */
export interface ReadyJob extends Head {
  readonly queue: string;
}

export interface Survey {
  readonly plan: ClaimPlan<ReadyJob>;
  /** When a queue of ready jobs has room again that has none for a time, or null. */
  readonly nextRoomAt: number | null;
  /** Whether some were passed over that have expired, and that nobody has cancelled yet. */
  readonly seesExpired: boolean;
}

interface Wanted {
  readonly queues: readonly string[];
  /** How many are free. */
  readonly slots: number;
  readonly limits: LimitsByQueue;
  readonly now: number;
}

/** How many jobs of all queues are looked at before each queue is. */
const firstLook = 4;

/** What a worker could be given now. */
export function surveyReady(connection: Connection, claimer: Claimer, wanted: Wanted): Survey {
  const { queues, slots } = wanted;
  if (queues.length === 1 && queues[0] === "*") {
    const rows = connection.sql(
      `SELECT ${headColumns} FROM jobs INDEXED BY jobs_first WHERE state = 'pending' AND gate = 0
       ORDER BY sort_at, seq LIMIT ?`,
    ).all(slots + firstLook);
    const found = new Surveyor(connection, claimer, wanted).plan([groupedLanes(rows)]);
    // Those behind matter where what comes first has no room, or does not fit.
    if (found.plan.isFull || rows.length < slots + firstLook) return found;
  }
  const tiers = queues.map((pattern) => lanesOf(connection, claimer, { pattern, slots }));
  return new Surveyor(connection, claimer, wanted).plan(tiers);
}

const headColumns = "seq, queue, needs, sort_at, limit_key, expires_at, run_count";

/** The rows of a lane's jobs, the best first, and how to read those that follow. */
interface RowLane extends LaneName {
  readonly rows: readonly SqlRow[];
  readonly more?: () => readonly SqlRow[];
}

function groupedLanes(rows: readonly SqlRow[]): readonly RowLane[] {
  const lanes = Map.groupBy(rows, (row) => `${text(row, "queue")} ${text(row, "needs")}`);
  return [...lanes.values()].map((rows) => ({ ...laneOf(rows[0]!), rows }));
}

function laneOf(row: SqlRow): LaneName {
  return { queue: text(row, "queue"), demand: text(row, "needs") };
}

/** Plans one claim. */
class Surveyor {
  readonly #connection: Connection;
  readonly #claimer: Claimer;
  readonly #wanted: Wanted;
  #seesExpired = false;

  constructor(connection: Connection, claimer: Claimer, wanted: Wanted) {
    this.#connection = connection;
    this.#claimer = claimer;
    this.#wanted = wanted;
  }

  /** By the worker's queues, in its order; of a lane that comes twice the first counts. */
  plan(tiers: readonly (readonly RowLane[])[]): Survey {
    const { limits, slots } = this.#wanted;
    const seen = new Set<string>();
    const open = tiers.map((lanes) =>
      lanes.filter(({ queue, demand }) => {
        const name = `${queue} ${demand}`;
        return !seen.has(name) && seen.add(name) && limits.get(queue)?.state !== "paused" &&
          couldEverFit(parseDemand(demand), this.#claimer);
      }).map((lane) => this.#withHeads(lane))
    );
    const lanes = open.flat();
    const { rooms, nextRoomAt } = this.#roomsOf(new Set(lanes.map(({ queue }) => queue)));
    const plan = planClaim(open, {
      slots,
      queues: rooms,
      keys: keyRooms(this.#connection, limits),
      resources: freeResources(this.#connection, this.#claimer, lanes),
    });
    return { plan, nextRoomAt, seesExpired: this.#seesExpired };
  }

  #withHeads({ rows, more, ...lane }: RowLane): Lane<ReadyJob> {
    const heads = this.#headsOf(lane, rows);
    return more === undefined
      ? { ...lane, heads }
      : { ...lane, heads, more: () => this.#headsOf(lane, more()) };
  }

  /** Those behind one that has expired wait until it is cancelled: passing over all that have could take long. */
  #headsOf({ queue }: LaneName, rows: readonly SqlRow[]): readonly ReadyJob[] {
    const current = rows.filter((row) => !isOver(row, this.#wanted.now));
    this.#seesExpired ||= current.length < rows.length;
    return current.map((row) => {
      const key = textOrNull(row, "limit_key");
      return {
        seq: number(row, "seq"),
        sortAt: number(row, "sort_at"),
        queue,
        key: keyLimitOf(this.#wanted.limits, { queue, key }) === null ? null : key,
      };
    });
  }

  #roomsOf(
    queues: ReadonlySet<string>,
  ): { readonly rooms: ReadonlyMap<string, number>; readonly nextRoomAt: number | null } {
    const rooms = new Map<string, number>();
    let nextRoomAt: number | null = null;
    for (const queue of queues) {
      const found = this.#wanted.limits.get(queue);
      if (found === undefined) continue;
      const { room, againAt } = roomOf(this.#connection, queue, found, this.#wanted.now);
      if (room !== Infinity) rooms.set(queue, room);
      if (againAt !== null) nextRoomAt = Math.min(againAt, nextRoomAt ?? Infinity);
    }
    return { rooms, nextRoomAt };
  }
}

/** The lanes of a pattern with something ready, each with its first jobs. */
function lanesOf(
  connection: Connection,
  claimer: Claimer,
  { pattern, slots }: { readonly pattern: string; readonly slots: number },
): readonly RowLane[] {
  const read = ({ queue, demand }: LaneName, from: number) =>
    connection.sql(
      `SELECT ${headColumns} FROM jobs INDEXED BY jobs_ready
       WHERE state = 'pending' AND gate = 0 AND queue = ? AND needs = ? ORDER BY sort_at, seq LIMIT ? OFFSET ?`,
    ).all(queue, demand, slots - from, from);
  const isPlain = claimer.tags.length === 0 && claimer.concurrency === 1 &&
    Object.keys(claimer.resources).length === 0;
  if (isPlain && !pattern.endsWith("*")) {
    const lane = { queue: pattern, demand: "" };
    return [{ ...lane, rows: read(lane, 0) }];
  }
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
     ) SELECT ${headColumns} FROM lane JOIN jobs USING (seq)`,
  ).all(prefix, pattern.endsWith("*") ? 1 : 0);
  return rows.filter((row) => isMatch(pattern, text(row, "queue"))).map((row) => {
    const lane = laneOf(row);
    return { ...lane, rows: [row], more: () => slots > 1 ? read(lane, 1) : [] };
  });
}

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

/** How many more jobs of a key may run; only asked for where its queue has a limit by key. */
function keyRooms(connection: Connection, limits: LimitsByQueue): ClaimRoom["keys"] {
  const rooms = new Map<string, number>();
  return {
    get(name) {
      let room = rooms.get(name);
      if (room === undefined) {
        const [queue, key] = [name.slice(0, name.indexOf(" ")), name.slice(name.indexOf(" ") + 1)];
        room = limits.get(queue)!.keyLimit! - liveOfKey(connection, queue, key);
        rooms.set(name, room);
      }
      return room;
    },
  };
}

/** What the jobs that run on a worker's host leave of its resources; not looked for where nothing ready takes any. */
function freeResources(
  connection: Connection,
  { resources, host }: Claimer,
  lanes: readonly LaneName[],
): Resources {
  if (!lanes.some(takesResources)) return resources;
  const rows = connection.sql(
    `SELECT needs FROM jobs INDEXED BY jobs_live JOIN runs ON job_seq = seq AND number = run_count
     WHERE state = 'processing' AND needs LIKE '%=%' AND runs.host = ?`,
  ).all(host);
  return leftOf(resources, rows.map((row) => parseDemand(text(row, "needs"))));
}
