/**
 * Why a job stands where it stands, and when it will move. Facts in, a sentence out: what is first in its way is the
 * verdict, what comes after that is told beside it.
 */

import { roughDuration } from "./duration.ts";
import { type ExplainedParent, type ExplainFacts, type Verdict, verdict } from "./explain_facts.ts";
import { queueGates } from "./explain_queue.ts";
import { workerGates } from "./explain_workers.ts";
import { isFinal, type Job } from "./job.ts";

export interface Explanation extends Verdict {
  /** What would hold it then. */
  readonly then: readonly Verdict[];
}

export function explain(facts: ExplainFacts): Explanation {
  const { job } = facts;
  if (isFinal(job.state)) return { ...ended(facts), then: [] };
  if (job.state === "processing") return { ...processing(facts), then: [] };
  const found = [...ownGates(facts), ...queueGates(facts), ...workerGates(facts)];
  const [first, ...then] = found;
  return { ...first ?? ready(facts), then };
}

function ready({ ahead }: ExplainFacts): Verdict {
  const before = ahead === 0
    ? ""
    : `, after ${ahead === 1 ? "1 job that goes" : `${ahead} jobs that go`} before it`;
  return verdict("ready", `Nothing holds it: a worker that is free takes it next${before}.`, {
    details: { ahead },
  });
}

function ended({ job, now }: ExplainFacts): Verdict {
  const ago = job.finishedAt === null ? "" : ` ${roughDuration(now - job.finishedAt)} ago`;
  const why = job.reason ?? job.lastError;
  const because = why === null ? "" : `: ${why}`;
  const details = { reason: job.reason, exit_code: job.exitCode, last_error: job.lastError };
  switch (job.state) {
    case "completed":
      return verdict("ended", `It is completed: it ended${ago} with exit code ${job.exitCode ?? 0}.`, {
        details,
      });
    case "dead":
      return verdict(
        "ended",
        `It is dead${because}. It died${ago} after ${
          attemptsText(job.attempts)
        } and does not run again by itself.`,
        { details, fix: `dlq retry ${job.id}` },
      );
    default:
      return verdict("ended", `It was cancelled${ago}${because}. It does not run again by itself.`, {
        details,
        fix: `retry ${job.id}`,
      });
  }
}

function attemptsText(attempts: number): string {
  return attempts === 1 ? "1 attempt" : `${attempts} attempts`;
}

function processing({ job, holder, now }: ExplainFacts): Verdict {
  if (holder === null) return verdict("running", "It is about to start.");
  const { workerId, hostName, startedAt, runNumber } = holder;
  const details = { worker: workerId, host: hostName, run: runNumber, adopted: holder.isAdopted };
  if (holder.heartbeatAt === null) {
    return verdict(
      "silent_worker",
      `Its worker ${workerId} on ${hostName} is gone; the next worker of that host takes its run over, or it runs again.`,
      { details, fix: "worker start" },
    );
  }
  if (holder.isSilent) {
    const { lostAt } = holder;
    const when = lostAt !== null && lostAt > now
      ? `in ${roughDuration(lostAt - now)} at the latest`
      : "as soon as another worker is there to see that";
    return verdict(
      "silent_worker",
      `Its worker ${workerId} on ${hostName} has not been heard of for ${
        roughDuration(now - holder.heartbeatAt)
      }; ` +
        `if it stays silent its run is taken over, or the job runs again, ${when}.`,
      { details, until: lostAt !== null && lostAt > now ? lostAt : null, fix: "worker list" },
    );
  }
  const cancelled = job.isCancelRequested ? " It is being cancelled." : "";
  return verdict(
    "running",
    `It runs on worker ${workerId} on ${hostName} since ${
      roughDuration(now - startedAt)
    }, as run ${runNumber}.${cancelled}`,
    { details, fix: `logs --follow ${job.id}` },
  );
}

function* ownGates({ job, parents, now }: ExplainFacts): Iterable<Verdict> {
  const { expiresAt, runAt } = job;
  if (expiresAt !== null && expiresAt <= now && job.runCount === 0) {
    yield verdict("expired", "It has expired before it could start, and is about to be cancelled.", {
      fix: `retry ${job.id}`,
    });
  }
  if (job.state === "blocked" || job.openParents > 0) yield parentsGate(job, parents);
  if (runAt <= now) return;
  const inTime = `in ${roughDuration(runAt - now)}`;
  const late = expiresAt !== null && expiresAt <= runAt && job.runCount === 0
    ? " It expires before that."
    : "";
  if (job.attempts + job.snoozes === 0) {
    yield verdict("delay", `It is not due yet: it may start ${inTime}.${late}`, {
      until: runAt,
      fix: `edit ${job.id} --delay 0s`,
    });
    return;
  }
  const snoozed = job.attempts === 0;
  yield verdict(
    "backoff",
    snoozed
      ? `It asked to come back later, ${
        job.snoozes === 1 ? "once" : `${job.snoozes} times`
      } so far: it may start ${inTime}.`
      : `It waits between two attempts, ${job.attempts} of ${
        Math.max(job.maxRetries, 1)
      } are used up: the next one may start ${inTime}.`,
    {
      until: runAt,
      fix: `retry ${job.id}`,
      details: { attempts: job.attempts, max_retries: job.maxRetries, last_error: job.lastError },
    },
  );
}

const awaitedText: Readonly<Record<string, string>> = {
  completed: "to be completed",
  ended: "to have ended",
  dead: "to have died",
};

function parentsGate(job: Job, parents: readonly ExplainedParent[]): Verdict {
  const named = parents.map(({ id, state, awaits }) => `${id} (${state}) ${awaitedText[awaits] ?? awaits}`);
  const more = Math.max(job.openParents, parents.length) - parents.length;
  const all = [...named, ...(more > 0 ? [`${more} more`] : [])].join(", ");
  const [first] = parents;
  return verdict("parents", `It waits for ${all || "other jobs"}.`, {
    details: { parents, open_parents: job.openParents },
    fix: first === undefined ? null : `explain ${first.id}`,
  });
}
