/** Waiting for jobs on the command line: what is said of it, and the exit code that it comes to. */

import { isFinal, type Job } from "../core/job.ts";
import { codeOfAll, type JobEnd, waitExitCodes } from "../core/job_end.ts";
import { describeExit } from "../core/run.ts";
import { followJob } from "../operations/follow_job.ts";
import { waitForJobs } from "../operations/wait_for_jobs.ts";
import type { Store } from "../store/store.ts";
import { onInterrupt } from "./interrupt.ts";
import { jobEndJson } from "../operations/json.ts";
import { saySkipped } from "./output_notes.ts";
import type { Session } from "./session.ts";

export interface Waiting {
  readonly jobs: readonly Job[];
  readonly any: boolean;
  readonly timeoutMs: number;
}

/** How many jobs that did not complete are named one by one. */
const mostNamed = 10;

/** Waits, says how it ended, and returns the exit code. */
export async function waitFor(store: Store, waiting: Waiting, session: Session): Promise<number> {
  const { jobs, any } = waiting;
  const interrupt = onInterrupt(session);
  const { ends, isOver } = await waitForJobs(
    store,
    session.home.machine(),
    { ...waiting, pollMs: session.settings.poll_interval },
    {
      say: (text) => session.say(text),
      onLook: (ended) => jobs.length > 1 ? session.progress(progressBar(ended, jobs.length)) : undefined,
      abort: interrupt.signal,
    },
  ).finally(() => session.progress(""));
  if (interrupt.code() !== null) {
    sayComeBack(jobs, session);
    return interrupt.code()!;
  }
  const counted = any ? ends.filter((end) => end.code !== null).slice(0, 1) : ends;
  if (session.json) session.printJson(ends.map(jobEndJson));
  else if (any && jobs.length > 1 && isOver) session.print(counted[0]!.job.id);
  if (!isOver) {
    const left = ends.filter((end) => end.code === null);
    session.say(`The time is up: ${subjectOf(left.map((end) => end.job))} not ended.`);
    return waitExitCodes.timedOut;
  }
  sayEnds(counted, session);
  return counted.length === 1 ? counted[0]!.code! : codeOfAll(counted);
}

/** Passes on what a job writes until it has ended; returns the exit code. */
export async function followToEnd(store: Store, job: Job, session: Session): Promise<number> {
  const { stdout, stderr } = session.world;
  const interrupt = onInterrupt(session);
  const whole = { streams: ["out", "err"], from: 1, until: "job", lastLines: null } as const;
  await followJob(store, session.home.machine(), { ...whole, job, pollMs: session.settings.poll_interval }, {
    say: (text) => session.say(text),
    write: (stream, bytes) => (stream === "out" ? stdout : stderr).write(bytes),
    onSkipped: (stream, bytes) => saySkipped(session, stream, bytes),
    onRunEnd: (run, { state, runCount }) => {
      if (run.number < runCount || !isFinal(state)) {
        session.say(`── run ${run.number} ended: ${run.outcome}; the job is tried again`);
      }
    },
    abort: interrupt.signal,
  });
  if (interrupt.code() !== null) {
    sayComeBack([job], session);
    return interrupt.code()!;
  }
  // It has ended; what it has come to is read as by whoever waits for it.
  return await waitFor(store, { jobs: [job], any: false, timeoutMs: Infinity }, session);
}

function sayComeBack(jobs: readonly Job[], session: Session): void {
  const [job] = jobs;
  if (jobs.length > 1) return session.say("No longer waiting; the jobs go on.");
  // Not behind what the job wrote last, nor behind the ^C of the terminal.
  const start = session.world.stderr.isTerminal ? "\n" : "";
  session.say(
    `${start}No longer waiting; job ${job!.id} goes on.\n` +
      `  What it writes: ${session.commandLine(`logs --follow ${job!.id}`)}\n` +
      `  Its exit code:  ${session.commandLine(`wait ${job!.id}`)}`,
  );
}

function sayEnds(ends: readonly JobEnd[], session: Session): void {
  const bad = ends.filter(({ job, code }) => job.state !== "completed" || (ends.length === 1 && code !== 0));
  for (const end of bad.slice(0, mostNamed)) session.say(endText(end));
  if (bad.length > mostNamed) session.say(`… and ${bad.length - mostNamed} more.`);
  if (ends.length > 1) session.say(`${ends.length - bad.length} of ${ends.length} jobs completed.`);
}

function endText({ job, code, signal }: JobEnd): string {
  const given = job.exitCode === null ? "no exit code" : exitText(job.exitCode);
  const known = signal === null ? given : `${given}, ${signal}`;
  const why = job.reason ?? job.lastError;
  const stands = code === job.exitCode || job.state === "cancelled" ? "" : `; this ends with ${code}`;
  return `Job ${job.id} is ${job.state}${why === null ? "" : `: ${why}`} (${known}${stands})`;
}

/** With the meaning of a code that is the shell's and not the command's own. */
function exitText(code: number): string {
  return code === 126 || code === 127 ? describeExit(code) : `exit code ${code}`;
}

function subjectOf(jobs: readonly Job[]): string {
  return jobs.length === 1 ? `job ${jobs[0]!.id} is ${jobs[0]!.state}, and has` : `${jobs.length} jobs have`;
}

function progressBar(ended: number, total: number): string {
  const width = 30;
  const full = Math.floor(width * ended / total);
  return `[${"█".repeat(full)}${"·".repeat(width - full)}] ${ended} of ${total} jobs have ended`;
}
