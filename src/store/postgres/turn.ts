/** Settling and claiming in PostgreSQL, by the function in `turn_function.ts`: as many turns as wait, in one statement. */

import { latestBegin } from "../../core/job_rules.ts";
import { keepsExitCode } from "../../core/run.ts";
import { afterRun } from "../../core/transitions.ts";
import { bucketBounds } from "../../core/buckets.ts";
import type { Job, JobState } from "../../core/job.ts";
import { measuresOf, type Programs, spans } from "../statistics.ts";
import { addToStored } from "./statistics.ts";
import { endingValues } from "../endings.ts";
import { jobOf, number, type SqlRow, text } from "../rows.ts";
import type { Claimed, ClaimRequest, SettleRequest } from "../store.ts";
import type { PgValue } from "./client.ts";
import { shards } from "./counters.ts";

/** What one turn is given, beside the time. */
const parameterCount = 24;
/** And what is counted of its run: program, outcome, and how long it had waited. */
const measureCount = 5;
/** The bucket of a run by its length, as `bucketOf` has it. */
const thresholds = `ARRAY[${bucketBounds.map((bound) => bound + 1).join()}]::bigint[]`;

/** Several turns, one after the other, and what all of them change in the counters. */
export function turnsText(turnCount: number): string {
  const turns = Array.from({ length: turnCount }, (_, turn) => {
    const first = turn * (parameterCount + measureCount) + 1;
    const parameters = Array.from({ length: parameterCount }, (_, i) => `$${first + i}`);
    const [program, outcome, measure, bucket, ms] = Array.from(
      { length: measureCount },
      (_, i) => `$${first + parameterCount + i}`,
    );
    return `SELECT ${turn} AS turn, what, job, ${program}::text AS program, ${outcome}::text AS outcome,
                   ${measure}::text AS wait_measure, ${bucket}::text AS wait_bucket, ${ms}::bigint AS wait_ms
            FROM @turn(@now, ${parameters.join(", ")})`;
  });
  return `
    WITH done AS MATERIALIZED (${turns.join(" UNION ALL ")}),
    counted AS (
      INSERT INTO @counters AS stored (queue, bucket, shard, count)
      SELECT (job).queue, bucket, pg_backend_pid() % ${shards}, sum(by)
      FROM done CROSS JOIN LATERAL (VALUES
        ('settled', 'processing', -1),
        ('settled', (job).state, 1),
        ('settled', CASE WHEN (job).state = 'pending' AND (job).attempts > 0 THEN 'failed' END, 1),
        ('claimed', 'pending', -1),
        ('claimed', 'processing', 1),
        ('claimed', CASE WHEN (job).attempts > 0 THEN 'failed' END, -1)
      ) AS change (after, bucket, by)
      WHERE after = what AND bucket IS NOT NULL
      GROUP BY 1, 2 HAVING sum(by) <> 0 ORDER BY 1, 2
      ON CONFLICT (queue, bucket, shard) DO UPDATE SET count = stored.count + excluded.count
    ),
    measured AS (
      INSERT INTO @tallies AS stored (at, queue, program, measure, bucket, shard, count, total_ms)
      SELECT (job).updated_at / ${spans.minute} * ${spans.minute}, (job).queue, program, measure, bucket,
             pg_backend_pid() % ${shards}, count(*), sum(ms)
      FROM done CROSS JOIN LATERAL (SELECT greatest(0, (job).updated_at - (job).started_at) AS run_ms) AS lasted
        CROSS JOIN LATERAL (VALUES
          ('outcome', outcome || ' ' || (job).state, 0::bigint),
          (wait_measure, wait_bucket, wait_ms),
          ('run', width_bucket(run_ms, ${thresholds})::text, run_ms)
        ) AS found (measure, bucket, ms)
      WHERE what = 'settled'
      GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
      ${addToStored}
    )
    SELECT turn, what, (job).* FROM done`;
}

export interface Settling {
  /** As it was claimed: nothing of what is read of it changes as long as its token holds. */
  readonly job: Job;
  readonly request: SettleRequest;
}

/** Settles, or claims from the first queue, or both. */
export interface TurnRequest {
  readonly settle: Settling | null;
  readonly claim: ClaimRequest | null;
}

/** What a turn is given. Claims one job a mark. */
export function turnValues(
  { settle, claim }: TurnRequest,
  marks: readonly string[],
  programs: Programs,
): PgValue[] {
  return [
    claim?.workerId ?? null,
    claim?.queues[0] ?? null,
    marks,
    ...(settle === null ? Array<null>(21).fill(null) : settleValues(settle)),
    ...(settle === null ? Array<null>(measureCount).fill(null) : measureValues(settle, programs)),
  ];
}

function settleValues({ job, request }: Settling): PgValue[] {
  const { run, ending } = request;
  // At the instant 0 the next due time is the wait.
  const next = afterRun(job, ending, { ...request, now: 0 });
  return [
    run.jobSeq,
    run.number,
    run.token,
    next.state,
    next.reason,
    next.runAt,
    latestBegin({ ...next, rules: job.rules }),
    next.attempts,
    next.crashes,
    next.snoozes,
    String(keepsExitCode(ending.outcome)),
    ...endingValues(ending),
    tailOrNull(ending.stdout?.tail),
    tailOrNull(ending.stderr?.tail),
  ];
}

function measureValues({ job, request }: Settling, programs: Programs): PgValue[] {
  const { program, waitMeasure, waitBucket, waitMs } = measuresOf(job, programs);
  return [program, request.ending.outcome, waitMeasure, String(waitBucket), waitMs];
}

function tailOrNull(tail: Uint8Array | undefined): Uint8Array | null {
  return tail === undefined || tail.length === 0 ? null : tail;
}

export interface Turn {
  /** Null where the token was stale, or there was nothing to settle. */
  readonly settled: { readonly state: JobState; readonly runAt: number; readonly hasEnds: boolean } | null;
  readonly mayClaim: boolean;
  /** The queue has limits, or jobs with demands, so that nothing was claimed. */
  readonly isLimited: boolean;
  readonly claimed: readonly Claimed[];
}

export function turnOf(rows: readonly SqlRow[], marks: readonly string[]): Turn {
  const settled = rows.find(({ what }) => what === "settled");
  return {
    settled: settled === undefined ? null : {
      state: text(settled, "state") as JobState,
      runAt: number(settled, "run_at"),
      hasEnds: rows.some(({ what }) => what === "ends"),
    },
    mayClaim: rows.some(({ what }) => what === "claimer"),
    isLimited: rows.some(({ what }) => what === "limited"),
    claimed: rows.filter(({ what }) => what === "claimed").map((row, index) => {
      const job = jobOf(row);
      const run = { jobSeq: job.seq, number: job.runCount, token: number(row, "token") };
      return { job, run, mark: marks[index]! };
    }),
  };
}
