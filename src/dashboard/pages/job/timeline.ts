/** What became of a job, step by step and in sentences: that it was accepted, its waits, its runs, and what comes next. */

import type { ShownJob } from "../../api/types.ts";
import { countOf } from "../../format/count.ts";
import type { ShownState } from "../../format/job_state.ts";
import { formatLength } from "../../format/length.ts";

export type Run = ShownJob["runs"][number];

export interface Step {
  readonly kind: "accepted" | "wait" | "run" | "next" | "end";
  readonly title: string;
  /** What else is to be known, in parts. */
  readonly details: readonly string[];
  /** When it was, or will be; null where nobody knows. */
  readonly at: string | null;
  /** The state whose shape and colour it has, or null. */
  readonly state: ShownState | null;
  /** The run that it is about, or null. */
  readonly run: number | null;
}

/** Shorter waits are not worth a line, in milliseconds. */
const shownWaitMs = 1000;

/** From the beginning on. */
export function timelineOf(job: ShownJob): Step[] {
  const steps: Step[] = [step("accepted", "Enqueued", { at: job.created_at })];
  let since = Date.parse(job.created_at);
  for (const run of job.runs) {
    const waited = Date.parse(run.started_at) - since;
    if (waited >= shownWaitMs) steps.push(step("wait", `Waited ${formatLength(waited)}`));
    steps.push(stepOfRun(run));
    since = Date.parse(run.finished_at ?? run.started_at);
  }
  return [...steps, ...whatFollows(job)];
}

function step(kind: Step["kind"], title: string, rest: Partial<Step> = {}): Step {
  return { kind, title, details: [], at: null, state: null, run: null, ...rest };
}

const outcomeWords: Readonly<
  Record<NonNullable<Run["outcome"]>, { readonly says: string; readonly state: ShownState }>
> = {
  completed: { says: "ended well", state: "completed" },
  failed: { says: "failed", state: "dead" },
  timeout: { says: "took too long and was ended", state: "dead" },
  cancelled: { says: "was cancelled", state: "cancelled" },
  crashed: { says: "was lost with its worker", state: "failed" },
  handed_back: { says: "was handed back by its worker", state: "cancelled" },
  snoozed: { says: "asked to come back later", state: "failed" },
};

function stepOfRun(run: Run): Step {
  const { number, outcome, duration_ms: ms, started_at: at } = run;
  const place = `worker ${run.worker} on ${run.host}`;
  const adopted = run.adopted ? [`taken over${run.adopted_by === null ? "" : ` by ${run.adopted_by}`}`] : [];
  if (outcome === null) {
    return step("run", `Run ${number} goes on`, {
      details: [place, ...adopted],
      at,
      state: "processing",
      run: number,
    });
  }
  const { says, state } = outcomeWords[outcome];
  const after = ms === null ? "" : ` after ${formatLength(ms)}`;
  return step("run", `Run ${number} ${says}${after}`, {
    details: [...endOf(run), place, ...adopted],
    at,
    state,
    run: number,
  });
}

/** How it ended, where the sentence does not say it already. */
function endOf({ outcome, exit_code: code, signal, error }: Run): string[] {
  if (outcome === "cancelled") return [];
  if (error !== null) return [error];
  if (signal !== null) return [`ended by ${signal}`];
  if (code === null || (outcome === "completed" && code === 0)) return [];
  return [`exit code ${code}`];
}

function whatFollows(job: ShownJob): Step[] {
  const { state, attempts, reason, run_at: at, finished_at: endedAt } = job;
  const allowed = Math.max(1, job.max_retries);
  switch (state) {
    case "completed":
      return [];
    case "cancelled":
      return [step("end", "Cancelled", { details: reason === null ? [] : [reason], at: endedAt, state })];
    case "dead":
      return [
        step("end", `Dead after ${countOf(attempts, "attempt")}`, {
          details: reason === null ? [] : [reason],
          at: endedAt,
          state,
        }),
      ];
    case "processing":
      return more(allowed - attempts - 1, "If it fails: ");
    case "blocked":
      return [
        step("next", "Waits for other jobs", {
          details: [countOf(job.open_parents, "of them has not ended", "of them have not ended")],
          state,
        }),
      ];
    case "pending":
      return [
        step("next", `Attempt ${attempts + 1} of ${allowed}`, {
          at,
          details: [],
          state: attempts > 0 ? "failed" : state,
        }),
        ...more(allowed - attempts - 1, "If that fails: "),
      ];
  }
}

function more(left: number, when: string): Step[] {
  return [step("next", `${when}${left > 0 ? countOf(left, "more attempt") : "the job is dead"}`)];
}
