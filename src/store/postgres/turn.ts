/** Settling and claiming in PostgreSQL, by the function in `turn_function.ts`: as many turns as wait, in one statement. */

import type { JobState } from "../../core/job.ts";
import { latestBegin } from "../../core/job_rules.ts";
import { keepsExitCode } from "../../core/run.ts";
import { afterRun, type JobProgress } from "../../core/transitions.ts";
import { endingValues } from "../endings.ts";
import { jobOf, number, type SqlRow, text } from "../rows.ts";
import type { Claimed, ClaimRequest, SettleRequest } from "../store.ts";
import type { PgValue } from "./client.ts";
import { shards } from "./counters.ts";

/** What one turn is given, beside the time. */
const parameterCount = 24;

/** Several turns, one after the other, and what all of them change in the counters. */
export function turnsText(turnCount: number): string {
  const turns = Array.from({ length: turnCount }, (_, turn) => {
    const parameters = Array.from({ length: parameterCount }, (_, i) => `$${turn * parameterCount + i + 1}`);
    return `SELECT ${turn} AS turn, what, job FROM @turn(@now, ${parameters.join(", ")})`;
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
    )
    SELECT turn, what, (job).* FROM done`;
}

export interface Settling {
  /** As it was claimed: nothing of what is read of it changes as long as its token holds. */
  readonly job: JobProgress;
  readonly request: SettleRequest;
}

/** Settles, or claims from the first queue, or both. */
export interface TurnRequest {
  readonly settle: Settling | null;
  readonly claim: ClaimRequest | null;
}

/** What the function is given. Claims one job a mark. */
export function turnValues(
  settle: Settling | null,
  claim: ClaimRequest | null,
  marks: readonly string[],
): PgValue[] {
  return [
    claim?.workerId ?? null,
    claim?.queues[0] ?? null,
    marks,
    ...(settle === null ? Array<null>(21).fill(null) : settleValues(settle)),
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
