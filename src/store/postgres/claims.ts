/**
 * Looking for work in PostgreSQL, and claiming from queues with limits and jobs with demands. What has neither goes by
 * the function in `turn_function.ts`.
 */

import { type Head, planClaim } from "../../core/claim_plan.ts";
import { type Rate, webhooksQueue } from "../../core/queue.ts";
import { claimerOf } from "../claimer.ts";
import { jobOf, number, textOrNull } from "../rows.ts";
import type { Claimed, ClaimRequest, Probe, StopMode } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Queries } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { hold, lookForGates, queueLimits } from "./gates.ts";
import { surveyReady } from "./lanes.ts";
import { keepStarts } from "./queues.ts";
import { earliestDue, earliestExpiry, hasPlain, lockedOf } from "./waiting.ts";
import { promotionBatch } from "./turn_function.ts";

export function isPattern(queue: string): boolean {
  return queue.endsWith("*");
}

/** By several statements, of which none locks anything. */
export async function probe(queries: Queries, workerId: string, wanted: readonly string[]): Promise<Probe> {
  const row = (await queries.first(
    `SELECT (SELECT coalesce(stop, 'none') FROM @workers WHERE id = $1) AS told,
            (SELECT tags <> '' OR resources <> '' OR concurrency > 1 FROM @workers WHERE id = $1) AS offers_more,
            EXISTS (SELECT FROM @queues) AS has_limits,
            EXISTS (SELECT FROM unnest($2::text[]) AS wanted (name) WHERE ${
      hasPlain("wanted.name")
    }) AS ready,
            ${earliestDue} AS next, ${earliestExpiry} AS next_expiry,
            EXISTS (SELECT FROM @endings) OR EXISTS (SELECT FROM @webhook_events) AS has_ends,
            ${hasPlain(`'${webhooksQueue}'`)} OR EXISTS (
              SELECT FROM (SELECT queue FROM @jobs WHERE state = 'pending' AND gate = 1 AND run_at <= (SELECT @now)
                           ORDER BY run_at LIMIT ${promotionBatch}) AS due
              WHERE queue = '${webhooksQueue}') AS has_deliveries,
            @now AS now`,
    workerId,
    wanted,
  ))!;
  const now = number(row, "now");
  const told = textOrNull(row, "told");
  const nextRunAt = row.next as number | null;
  const isDue = nextRunAt !== null && nextRunAt <= now;
  const found = {
    order: told === null ? "unknown" as const : told === "none" ? null : told as StopMode,
    nextExpiryAt: row.next_expiry as number | null,
    hasEnds: row.has_ends === true,
    hasDeliveries: row.has_deliveries === true,
    now,
  };
  const isPlain = row.offers_more !== true && row.has_limits !== true && !wanted.some(isPattern);
  if (isPlain || told === null) {
    return { ...found, ready: row.ready === true || isDue, nextDueAt: nextRunAt };
  }
  const { isReady, nextRoomAt } = await lookCloser(queries, workerId, wanted);
  const nextDueAt = nextRoomAt === null ? nextRunAt : Math.min(nextRoomAt, nextRunAt ?? Infinity);
  return { ...found, ready: isReady || isDue, nextDueAt };
}

async function lookCloser(
  queries: Queries,
  workerId: string,
  queues: readonly string[],
): Promise<{ readonly isReady: boolean; readonly nextRoomAt: number | null }> {
  const row = await queries.first(
    "SELECT host, tags, concurrency, resources FROM @workers WHERE id = $1",
    workerId,
  );
  if (row === undefined) return { isReady: false, nextRoomAt: null };
  const claimer = claimerOf(row);
  const limits = await queueLimits(queries);
  const { isMarked } = await lookForGates(queries);
  const { tiers, room, nextRoomAt, seesExpired } = await surveyReady(queries, claimer, {
    queues,
    slots: claimer.concurrency,
    limits,
    locks: false,
  });
  const { taken, held } = planClaim(tiers, room);
  const isUnsettled = seesExpired || held.length > 0 || isMarked;
  return { isReady: taken.length > 0 || isUnsettled, nextRoomAt };
}

/** The body of one write; null where the worker is not registered (any more), or is told to stop. */
export async function claimWithinLimits(
  queries: Queries,
  request: ClaimRequest,
): Promise<readonly Claimed[] | null> {
  const worker = await queries.first(
    "SELECT host, tags, concurrency, resources FROM @workers WHERE id = $1 AND stop IS NULL FOR SHARE",
    request.workerId,
  );
  if (worker === undefined) return null;
  const limits = await queueLimits(queries);
  const claimer = claimerOf(worker);
  const { queues, limit: slots } = request;
  const { tiers, room } = await surveyReady(queries, claimer, { queues, slots, limits, locks: true });
  const { taken, held } = planClaim(tiers, room);
  await hold(queries, held.map(({ seq }) => seq));
  if (taken.length === 0) return [];
  const claimed = await startRuns(queries, { taken, request, host: claimer.host });
  for (const [queue, jobs] of Map.groupBy(claimed, ({ job }) => job.queue)) {
    const rate = limits.get(queue)?.rate;
    if (rate != null) await recordStarts(queries, queue, { rate, count: jobs.length });
  }
  const tally = new Tally();
  for (const { job } of claimed) tally.move({ ...job, state: "pending" }, job);
  await writeTally(queries, tally);
  return claimed;
}

/** Others may claim from queues without limits meanwhile: what they are at is passed over. */
async function startRuns(
  queries: Queries,
  { taken, request, host }: {
    readonly taken: readonly Head[];
    readonly request: ClaimRequest;
    readonly host: string;
  },
): Promise<readonly Claimed[]> {
  const rows = await queries.all(
    `WITH ${lockedOf("$1::bigint[]")}
     UPDATE @jobs SET state = 'processing', run_count = run_count + 1, token = token + 1, worker_id = $2,
            started_at = at.now, updated_at = at.now
     FROM (SELECT @now AS now) AS at
     WHERE seq = ANY (ARRAY(SELECT seq FROM locked WHERE state = 'pending' AND gate = 0)) RETURNING @jobs.*`,
    taken.map(({ seq }) => seq),
    request.workerId,
  );
  const order = new Map(taken.map(({ seq }, place) => [seq, place]));
  const place = (seq: number) => order.get(seq)!;
  const claimed = rows.map((row) => {
    const job = jobOf(row);
    const run = { jobSeq: job.seq, number: job.runCount, token: number(row, "token") };
    return { job, run, mark: request.newMark() };
  }).toSorted((one, other) => place(one.job.seq) - place(other.job.seq));
  await queries.run(
    `INSERT INTO @runs (job_seq, number, token, mark, worker_id, host, started_at)
     SELECT seq, run_count, token, mark, worker_id, $3, started_at
     FROM unnest($1::bigint[], $2::text[]) AS given (seq, mark) JOIN @jobs USING (seq)`,
    claimed.map(({ job }) => job.seq),
    claimed.map(({ mark }) => mark),
    host,
  );
  return claimed;
}

async function recordStarts(
  queries: Queries,
  queue: string,
  { rate, count }: { readonly rate: Rate; readonly count: number },
): Promise<void> {
  await queries.run(
    `INSERT INTO @starts (queue, number, started_at)
     SELECT $1, last + generate_series(1, $2::int), @now
     FROM (SELECT coalesce(max(number), 0) AS last FROM @starts WHERE queue = $1) AS starts`,
    queue,
    count,
  );
  await keepStarts(queries, queue, rate.count);
}
