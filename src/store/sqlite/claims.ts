/** Looking for work and claiming it, in SQLite. Each function is the body of one read or write. */

import type { Rate } from "../../core/queue.ts";
import { claimerOf } from "../claimer.ts";
import { gates } from "../queue_limits.ts";
import { jobOf, number } from "../rows.ts";
import type { Claimed, ClaimRequest, ClaimResult, Probe, StopMode } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Connection } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { hasEnds } from "./ends.ts";
import { nextExpiry } from "./expiry.ts";
import { isMarked, promoteDue, queueLimits, regateSome, setGates } from "./gates.ts";
import { surveyReady } from "./lanes.ts";
import { keepStarts } from "./queues.ts";
import { lookForWebhooks } from "./webhook_events.ts";

export function probe(
  connection: Connection,
  workerId: string,
  queues: readonly string[],
  now: number,
): Probe {
  const worker = connection.sql("SELECT stop, tags, concurrency, resources, host FROM workers WHERE id = ?")
    .get(workerId);
  const row = connection.sql(
    "SELECT min(run_at) AS next FROM jobs INDEXED BY jobs_delayed WHERE state = 'pending' AND gate = 1",
  ).get()!;
  const nextRunAt = row.next as number | null;
  const webhooks = lookForWebhooks(connection, now);
  const found = {
    nextExpiryAt: nextExpiry(connection),
    hasEnds: hasEnds(connection, { withDeaths: true }) || webhooks.hasEvents,
    hasDeliveries: webhooks.hasDeliveries,
    now,
  };
  if (worker === undefined) return { ...found, order: "unknown", ready: false, nextDueAt: nextRunAt };
  const claimer = claimerOf(worker);
  const { plan, nextRoomAt, seesExpired } = surveyReady(connection, claimer, {
    queues,
    slots: claimer.concurrency,
    limits: queueLimits(connection),
    now,
  });
  const isUnsettled = seesExpired || plan.held.length > 0 || isMarked(connection);
  const nextDueAt = nextRoomAt === null ? nextRunAt : Math.min(nextRoomAt, nextRunAt ?? Infinity);
  return {
    ...found,
    order: worker.stop as StopMode | null,
    ready: plan.taken.length > 0 || isUnsettled || (nextRunAt !== null && nextRunAt <= now),
    nextDueAt,
  };
}

export function claimJobs(connection: Connection, request: ClaimRequest, now: number): ClaimResult {
  const worker = connection.sql("SELECT host, tags, concurrency, resources, stop FROM workers WHERE id = ?")
    .get(request.workerId);
  if (worker === undefined || worker.stop !== null) return { claimed: null };
  regateSome(connection);
  const limits = queueLimits(connection);
  promoteDue(connection, limits, now);
  const claimer = claimerOf(worker);
  const { queues, limit: slots } = request;
  const { plan: { taken, held } } = surveyReady(connection, claimer, { queues, slots, limits, now });
  setGates(connection, held.map(({ seq }) => seq), gates.held);
  const tally = new Tally();
  const claimed = taken.map(({ seq, queue }) => {
    const rate = limits.get(queue)?.rate;
    if (rate != null) recordStart(connection, queue, { rate, now });
    return claimJob(connection, seq, { request, host: claimer.host, now, tally });
  });
  writeTally(connection, tally);
  return { claimed };
}

function recordStart(connection: Connection, queue: string, by: { rate: Rate; now: number }): void {
  connection.sql(
    `INSERT INTO starts (queue, number, started_at)
     SELECT ?1, coalesce(max(number), 0) + 1, ?2 FROM starts WHERE queue = ?1`,
  ).run(queue, by.now);
  keepStarts(connection, queue, by.rate.count);
}

function claimJob(
  connection: Connection,
  seq: number,
  by: { request: ClaimRequest; host: string; now: number; tally: Tally },
): Claimed {
  const mark = by.request.newMark();
  const { workerId } = by.request;
  const row = connection.sql(
    `UPDATE jobs SET state = 'processing', run_count = run_count + 1, token = token + 1, worker_id = ?, started_at = ?,
            updated_at = ?
     WHERE seq = ? RETURNING *`,
  ).get(workerId, by.now, by.now, seq)!;
  const job = jobOf(row);
  const run = { jobSeq: seq, number: job.runCount, token: number(row, "token") };
  connection.sql(
    "INSERT INTO runs (job_seq, number, token, mark, worker_id, host, started_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
  ).run(seq, run.number, run.token, mark, workerId, by.host, by.now);
  by.tally.move({ ...job, state: "pending" }, job);
  return { job, run, mark };
}
