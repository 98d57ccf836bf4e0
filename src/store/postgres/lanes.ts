/** What is ready in PostgreSQL, and how much room there is for it: what a claim chooses from. */

import { type ClaimRoom, type Head, keyName, type Lane } from "../../core/claim_plan.ts";
import { couldEverFit, parseDemand, type Resources } from "../../core/demand.ts";
import { type Claimer, type LaneName, leftOf, takesResources } from "../claimer.ts";
import { keyLimitOf, type LimitsByQueue } from "../queue_limits.ts";
import { number, text, textOrNull } from "../rows.ts";
import type { Queries } from "./connection.ts";
import { lockHost, lockQueues } from "./queue_lock.ts";
import { readyOf } from "./waiting.ts";

export interface Survey {
  /** By the worker's queues, in its order. */
  readonly tiers: readonly (readonly Lane<Head>[])[];
  readonly room: ClaimRoom;
  /** When a queue of ready jobs has room again that has none for a time, or null. */
  readonly nextRoomAt: number | null;
  /** Whether some were passed over that have expired, and that nobody has cancelled yet. */
  readonly seesExpired: boolean;
}

interface Wanted {
  readonly queues: readonly string[];
  readonly slots: number;
  readonly limits: LimitsByQueue;
  /** For a claim: nobody else counts the same meanwhile. */
  readonly locks: boolean;
}

/** What a worker could be given now that has so many free slots. */
export async function surveyReady(queries: Queries, claimer: Claimer, wanted: Wanted): Promise<Survey> {
  const { queues, slots, limits, locks } = wanted;
  const names = await lanesOf(queries, claimer, queues);
  const open = names.map((tier) => tier.filter(({ queue }) => limits.get(queue)?.state !== "paused"));
  const all = open.flat();
  const limited = [...new Set(all.map(({ queue }) => queue))].filter((queue) => isLimited(limits, queue));
  const isOfResources = all.some(takesResources);
  if (locks) {
    await lockQueues(queries, limited);
    if (isOfResources) await lockHost(queries, claimer.host);
  }
  const { rooms, nextRoomAt } = await roomsOf(queries, limited, limits);
  const { lanes, seesExpired } = await withHeads(queries, all, { slots, limits });
  const room = {
    slots,
    queues: rooms,
    keys: await keyRooms(queries, lanes, limits),
    resources: isOfResources ? await freeResources(queries, claimer) : claimer.resources,
  };
  let from = 0;
  const tiers = open.map((tier) => lanes.slice(from, from += tier.length));
  return { tiers, room, nextRoomAt, seesExpired };
}

function isLimited(limits: LimitsByQueue, queue: string): boolean {
  const found = limits.get(queue);
  return found !== undefined &&
    (found.limit !== null || found.keyLimit !== null || found.rate !== null || found.throttledUntil !== null);
}

/** By the worker's queues the lanes with something ready that it could ever be given a job of; each lane once. */
async function lanesOf(
  queries: Queries,
  claimer: Claimer,
  queues: readonly string[],
): Promise<readonly (readonly LaneName[])[]> {
  // From one lane to the next by the index, however many jobs there are in each.
  const rows = await queries.all(
    `WITH RECURSIVE wanted AS (
       SELECT place, rtrim(pattern, '*') AS prefix, pattern LIKE '%*' AS is_prefix
       FROM unnest($1::text[]) WITH ORDINALITY AS given (pattern, place)
     ), lane (place, prefix, is_prefix, queue, needs) AS (
       SELECT place, prefix, is_prefix, head.* FROM wanted CROSS JOIN LATERAL (
         SELECT queue, needs FROM @jobs WHERE state = 'pending' AND gate = 0 AND queue >= prefix
         ORDER BY queue, needs LIMIT 1) AS head
       UNION ALL
       SELECT place, prefix, is_prefix, head.* FROM lane CROSS JOIN LATERAL (
         SELECT queue, needs FROM @jobs WHERE state = 'pending' AND gate = 0 AND (queue, needs) > (lane.queue, lane.needs)
         ORDER BY queue, needs LIMIT 1) AS head
       WHERE CASE WHEN is_prefix THEN starts_with(lane.queue, prefix) OR lane.queue < prefix ELSE lane.queue <= prefix END
     ) SELECT place, queue, needs FROM lane
       WHERE CASE WHEN is_prefix THEN starts_with(queue, prefix) ELSE queue = prefix END`,
    queues,
  );
  const seen = new Set<string>();
  return queues.map((_, index) =>
    rows.filter((row) => row.place === index + 1)
      .map((row) => ({ queue: text(row, "queue"), demand: text(row, "needs") }))
      .filter(({ queue, demand }) => {
        const name = `${queue} ${demand}`;
        return couldEverFit(parseDemand(demand), claimer) && !seen.has(name) && seen.add(name);
      })
  );
}

/** How many more jobs of each queue may start now, and when it may be more where time alone makes it so. */
async function roomsOf(
  queries: Queries,
  queues: readonly string[],
  limits: LimitsByQueue,
): Promise<{ readonly rooms: ReadonlyMap<string, number>; readonly nextRoomAt: number | null }> {
  const rooms = new Map<string, number>();
  if (queues.length === 0) return { rooms, nextRoomAt: null };
  const rows = await queries.all(
    `SELECT name, at.now, started.count AS started, started.first,
            (SELECT count(*) FROM @jobs WHERE state = 'processing' AND queue = name) AS live
     FROM (SELECT @now AS now) AS at, @queues CROSS JOIN LATERAL (
       SELECT count(*) AS count, min(started_at) AS first FROM @starts
       WHERE queue = name AND started_at > at.now - rate_per_ms) AS started
     WHERE name = ANY ($1::text[])`,
    queues,
  );
  const again: number[] = [];
  for (const row of rows) {
    const { limit, rate, throttledUntil } = limits.get(text(row, "name"))!;
    const isThrottled = throttledUntil !== null && throttledUntil > number(row, "now");
    const free = isThrottled ? 0 : limit === null ? Infinity : Math.max(0, limit - number(row, "live"));
    const left = rate === null ? Infinity : Math.max(0, rate.count - number(row, "started"));
    rooms.set(text(row, "name"), Math.min(free, left));
    if (isThrottled) again.push(throttledUntil);
    else if (left === 0 && free > 0) again.push(number(row, "first") + rate!.perMs);
  }
  return { rooms, nextRoomAt: again.length === 0 ? null : Math.min(...again) };
}

async function withHeads(
  queries: Queries,
  lanes: readonly LaneName[],
  { slots, limits }: { readonly slots: number; readonly limits: LimitsByQueue },
): Promise<{ readonly lanes: readonly Lane<Head>[]; readonly seesExpired: boolean }> {
  if (lanes.length === 0) return { lanes: [], seesExpired: false };
  const rows = await queries.all(
    `SELECT place, seq, sort_at, limit_key, run_count = 0 AND expires_at <= (SELECT @now) AS is_over
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS lane (queue, needs, place)
     CROSS JOIN LATERAL (
       SELECT seq, sort_at, limit_key, run_count, expires_at FROM @jobs
       WHERE ${readyOf("lane.queue", "lane.needs")} LIMIT $3
     ) AS head
     ORDER BY place, sort_at, seq`,
    lanes.map(({ queue }) => queue),
    lanes.map(({ demand }) => demand),
    slots,
  );
  // Those behind one that has expired wait until it is cancelled: passing over all that have could take long.
  const current = rows.filter((row) => row.is_over !== true);
  const found = lanes.map(({ queue, demand }, index) => ({
    queue,
    demand,
    heads: current.filter((row) => row.place === index + 1).map((row) => {
      const key = textOrNull(row, "limit_key");
      return {
        seq: number(row, "seq"),
        sortAt: number(row, "sort_at"),
        key: keyLimitOf(limits, { queue, key }) === null ? null : key,
      };
    }),
  }));
  return { lanes: found, seesExpired: current.length < rows.length };
}

async function keyRooms(
  queries: Queries,
  lanes: readonly Lane<Head>[],
  limits: LimitsByQueue,
): Promise<ReadonlyMap<string, number>> {
  const keys = lanes.flatMap(({ queue, heads }) =>
    heads.flatMap(({ key }) => key === null ? [] : [{ queue, key }])
  );
  if (keys.length === 0) return new Map();
  const rows = await queries.all(
    `SELECT DISTINCT given.queue, key, (
       SELECT count(*) FROM @jobs AS jobs WHERE state = 'processing' AND limit_key IS NOT NULL
         AND jobs.queue = given.queue AND limit_key = key) AS live
     FROM unnest($1::text[], $2::text[]) AS given (queue, key)`,
    keys.map(({ queue }) => queue),
    keys.map(({ key }) => key),
  );
  return new Map(rows.map((row) => {
    const queue = text(row, "queue");
    return [keyName(queue, text(row, "key")), limits.get(queue)!.keyLimit! - number(row, "live")];
  }));
}

/** What the jobs that run on a worker's host leave of its resources. */
async function freeResources(queries: Queries, { resources, host }: Claimer): Promise<Resources> {
  const rows = await queries.all(
    `SELECT needs FROM @jobs AS jobs JOIN @runs AS runs ON job_seq = seq AND number = run_count
     WHERE state = 'processing' AND needs LIKE '%=%' AND runs.host = $1`,
    host,
  );
  return leftOf(resources, rows.map((row) => parseDemand(text(row, "needs"))));
}
