/** Settling and claiming in PostgreSQL, by the function in `turn_function.ts`. */

import type { JobState } from "../../core/job.ts";
import { latestBegin } from "../../core/job_rules.ts";
import { keepsExitCode } from "../../core/run.ts";
import { afterRun, type JobProgress } from "../../core/transitions.ts";
import { endingValues } from "../endings.ts";
import { jobOf, number, type SqlRow, text } from "../rows.ts";
import type { Claimed, ClaimRequest, SettleRequest } from "../store.ts";
import type { PgValue } from "./client.ts";

const parameters = Array.from({ length: 24 }, (_, index) => `$${index + 1}`).join(", ");
export const turnText = `SELECT what, (job).* FROM @turn(@now, ${parameters})`;

export interface Settling {
  /** As it was claimed: nothing of what is read of it changes as long as its token holds. */
  readonly job: JobProgress;
  readonly request: SettleRequest;
}

/** What `turnText` is given. Claims one job a mark, from the first queue. */
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
  readonly settled: { readonly state: JobState; readonly runAt: number } | null;
  readonly mayClaim: boolean;
  readonly claimed: readonly Claimed[];
}

export function turnOf(rows: readonly SqlRow[], marks: readonly string[]): Turn {
  const settled = rows.find(({ what }) => what === "settled");
  return {
    settled: settled === undefined
      ? null
      : { state: text(settled, "state") as JobState, runAt: number(settled, "run_at") },
    mayClaim: rows.some(({ what }) => what === "claimer"),
    claimed: rows.filter(({ what }) => what === "claimed").map((row, index) => {
      const job = jobOf(row);
      const run = { jobSeq: job.seq, number: job.runCount, token: number(row, "token") };
      return { job, run, mark: marks[index]! };
    }),
  };
}
