/**
 * Compares what the store says of a drained queue with what its jobs wrote into the ledger. Holds where nothing but
 * queuectl's own processes was killed: then each charged run ran to its end once, and a crashed one never began.
 */

import { cancelReason } from "../../src/core/transitions.ts";
import type { Cancels } from "./canceller.ts";
import type { Trial } from "./scenario.ts";
import { type Entry, readLedger } from "./ledger.ts";
import { findLimitFaults, type LimitRules } from "./limit_judge.ts";
import type { JobRow, RunRow, StoreView } from "./store_view.ts";

export interface Case {
  readonly view: StoreView;
  /** The ledger's path. */
  readonly ledger: string;
  /** Ids that an `enqueue` with exit code 0 accepted. */
  readonly acknowledged: readonly string[];
  /** What each job was found to be whose cancel was acknowledged. */
  readonly cancels?: Cancels;
  /** Hosts that were lost to all others. What ran there then may have run while the job ran again elsewhere. */
  readonly losses?: readonly Loss[];
  /** What held meanwhile. */
  readonly limits?: LimitRules;
}

/** A host that was gone, or could not be reached, from one moment to another; UTC milliseconds. */
export interface Loss {
  readonly hostName: string;
  readonly from: number;
  readonly to: number;
}

interface JobCase {
  readonly job: JobRow;
  readonly runs: readonly RunRow[];
  /** Of runs that were not lost with their host. */
  readonly entries: readonly Entry[];
  readonly lostEntries: readonly Entry[];
  /** What a cancel found it to be; undefined where nobody cancelled it. */
  readonly cancelled: string | undefined;
}

/** Throws with every invariant that does not hold, and the jobs that break it. */
export async function judge(
  { view, ledger, acknowledged, cancels = new Map(), losses = [], limits }: Case,
  trial: Trial,
): Promise<void> {
  const entries = await readLedger(ledger);
  const { jobs, runs: allRuns } = await view.everything();
  const runs = Map.groupBy(allRuns, (run) => run.jobSeq);
  const cases = jobs.map((job) =>
    caseOf(job, runs.get(job.seq) ?? [], {
      entries: entries.get(job.id) ?? [],
      losses,
      cancelled: cancels.get(job.id),
    })
  );
  for (const outcome of ended) {
    trial.broke(`run that ended by ${outcome}`, allRuns.filter((run) => run.outcome === outcome).length);
  }
  trial.broke("run that was lost with its host", allRuns.filter((run) => isLost(run, losses)).length);
  const problems = findMissing(jobs, acknowledged);
  trial.checked("an acknowledged job exists", acknowledged.length);
  for (const rule of rules) {
    for (const each of cases) {
      const found = rule.findFault(each);
      if (found !== null) problems.push(`job ${each.job.id}: ${found}`);
    }
    trial.checked(rule.name, jobs.length);
  }
  if (limits !== undefined) {
    problems.push(...findLimitFaults({ jobs, runs: allRuns }, limits));
    trial.checked(
      "no run began beyond a limit, a rate, a pause, a host's resource, or before its turn",
      allRuns.length,
    );
  }
  problems.push(...(await view.faults()).map((fault) => `the store: ${fault}`));
  trial.checked("integrity_check and the store's own check find nothing");
  if (problems.length === 0) return;
  const shown = problems.slice(0, 20).join("\n  ");
  throw new Error(`${problems.length} broken promise(s):\n  ${shown}`);
}

function caseOf(
  job: JobRow,
  runs: readonly RunRow[],
  by: {
    readonly entries: readonly Entry[];
    readonly losses: readonly Loss[];
    readonly cancelled: string | undefined;
  },
): JobCase {
  const lost = new Set(runs.filter((run) => isLost(run, by.losses)).map((run) => run.number));
  return {
    job,
    runs,
    entries: by.entries.filter((entry) => !lost.has(entry.run)),
    lostEntries: by.entries.filter((entry) => lost.has(entry.run)),
    cancelled: by.cancelled,
  };
}

/** Called crashed by another host, which could not see what became of it: the one case in which it may go on. */
function isLost(run: RunRow, losses: readonly Loss[]): boolean {
  return run.outcome === "crashed" &&
    losses.some(({ hostName, from, to }) =>
      run.hostName === hostName && run.startedAt <= to && run.finishedAt! >= from
    );
}

function findMissing(jobs: readonly JobRow[], acknowledged: readonly string[]): string[] {
  const ids = new Set(jobs.map((job) => job.id));
  return acknowledged.filter((id) => !ids.has(id)).map((id) => `job ${id}: it was accepted and is not there`);
}

interface Rule {
  readonly name: string;
  /** What is wrong with a job, or null. */
  findFault(of: JobCase): string | null;
}

const charging = ["completed", "failed", "timeout"];
/** Of these it is known only that they are over: what was ended may just have come to its end. */
const ended = ["timeout", "cancelled"];
/** These came to their end by themselves. */
const settledByExit = ["completed", "failed"];

const rules: readonly Rule[] = [
  {
    name: "a job ends in a final state",
    findFault: ({ job }) =>
      ["completed", "dead", "cancelled"].includes(job.state) ? null : `it is ${job.state}`,
  },
  {
    name: "a job is cancelled where that was asked for, and for no other reason",
    findFault: ({ job, cancelled }) =>
      job.state !== "cancelled" || (cancelled !== undefined && job.reason === cancelReason)
        ? null
        : `it is cancelled: ${job.reason}`,
  },
  {
    name: "a cancel that was acknowledged holds",
    findFault({ job, cancelled }) {
      const allowed = cancelled === "pending"
        ? ["cancelled"]
        : cancelled === "processing"
        ? ["cancelled", "completed"]
        : [job.state];
      return allowed.includes(job.state) ? null : `it was ${cancelled} when cancelled, and is ${job.state}`;
    },
  },
  {
    name: "attempts are the charged runs, and never above the limit",
    findFault({ job, runs }) {
      const charged = runs.filter((run) => charging.includes(run.outcome ?? "")).length;
      if (job.attempts !== charged) return `${job.attempts} attempts, ${charged} charged runs`;
      return job.attempts > job.maxRetries ? `${job.attempts} attempts of ${job.maxRetries}` : null;
    },
  },
  {
    name: "a job's state follows from its runs",
    findFault({ job, runs }) {
      const completed = runs.filter((run) => run.outcome === "completed").length;
      const hasCrashed = runs.length >= 3 && runs.slice(-3).every((run) => run.outcome === "crashed");
      if (job.state === "completed") {
        return completed === 1 && runs.at(-1)?.outcome === "completed"
          ? null
          : `completed by ${outcomes(runs)}`;
      }
      if (job.state === "cancelled") {
        return completed === 0 ? null : `cancelled after ${outcomes(runs)}`;
      }
      return completed === 0 && (job.attempts >= job.maxRetries || hasCrashed)
        ? null
        : `dead by ${outcomes(runs)}`;
    },
  },
  {
    name: "a completed job ran to a successful end exactly once, any other never",
    findFault({ job, runs, entries }) {
      const successes =
        entries.filter(({ what, code, run }) => what === "end" && code === 0 && !wasEnded(runs, run)).length;
      const expected = job.state === "completed" ? 1 : 0;
      return successes === expected
        ? null
        : `${job.state} with ${successes} successful ends: ${story(entries)}`;
    },
  },
  {
    name:
      "a charged run ended exactly once and with the exit code that was settled; one that was ended, once at most",
    findFault: ({ runs, entries }) =>
      firstFault(runs, (run) => {
        const ends = entries.filter((entry) => entry.what === "end" && entry.run === run.number);
        const isRight = settledByExit.includes(run.outcome ?? "")
          ? ends.length === 1 && ends[0]!.code === run.exitCode
          : ends.length <= 1;
        return isRight ? null : `run ${run.number} is settled as ${run.text}, but: ${story(entries)}`;
      }),
  },
  {
    name: "a run that is called crashed or handed back never began",
    findFault: ({ runs, entries }) =>
      firstFault(runs.filter(({ outcome }) => outcome === "crashed" || outcome === "handed_back"), (run) => {
        const began = entries.some((entry) => entry.run === run.number);
        return began ? `run ${run.number} is ${run.outcome}, but: ${story(entries)}` : null;
      }),
  },
  {
    name: "a run that was lost with its host began once at most, and ended once at most",
    findFault({ lostEntries }) {
      const seen = new Set<string>();
      for (const { what, run } of lostEntries) {
        if (seen.has(`${what} ${run}`)) return `its lost runs say: ${story(lostEntries)}`;
        seen.add(`${what} ${run}`);
      }
      return null;
    },
  },
  {
    name: "runs of a job never overlap and never repeat",
    findFault({ runs, entries }) {
      let open: number | null = null;
      let last = 0;
      for (const { what, run } of entries) {
        const isFree = open === null || wasEnded(runs, open);
        const isNext = what === "start" ? run > last && isFree : run === open;
        if (!isNext || !runs.some((each) => each.number === run)) return `its ledger says: ${story(entries)}`;
        open = what === "start" ? run : null;
        last = run;
      }
      return null;
    },
  },
];

function wasEnded(runs: readonly RunRow[], number: number): boolean {
  return ended.includes(runs.find((run) => run.number === number)?.outcome ?? "");
}

function firstFault(runs: readonly RunRow[], findFault: (run: RunRow) => string | null): string | null {
  return runs.map(findFault).find((fault) => fault !== null) ?? null;
}

function outcomes(runs: readonly RunRow[]): string {
  return runs.map((run) => `${run.number} ${run.outcome}`).join(", ") || "no run";
}

function story(entries: readonly Entry[]): string {
  return entries.map(({ what, run, code }) => `${what} ${run}${code === null ? "" : ` (${code})`}`).join(
    ", ",
  ) ||
    "it wrote nothing";
}
