import { unknownJob } from "../core/errors.ts";
import { isFinal, type Job } from "../core/job.ts";
import { type JobEnd, jobEnd } from "../core/job_end.ts";
import type { Machine } from "../core/ports.ts";
import type { Store } from "../store/store.ts";
import { EndBell } from "./end_bell.ts";
import { Outage } from "./outage.ts";

export interface WaitRequest {
  /** What is waited for, each job once. */
  readonly jobs: readonly Job[];
  /** Whether the first end is enough. */
  readonly any: boolean;
  /** At most so many milliseconds. */
  readonly timeoutMs: number;
  readonly pollMs: number;
}

export interface WaitCallbacks {
  readonly say: (text: string) => void;
  /** Told after each look how many have ended. */
  readonly onLook: (ended: number) => void;
  /** Ends the waiting. */
  readonly abort: AbortSignal;
}

export interface WaitResult {
  /** In the order of the request. */
  readonly ends: readonly JobEnd[];
  /** Whether what was waited for has happened: false where the time ran out, or it was aborted. */
  readonly isOver: boolean;
}

/** How much of the time goes into looking at most: one part in so many. */
const lookShare = 10;
/** The shortest time from look to look, in milliseconds: others' jobs may ring by the hundreds a second. */
const shortestMs = 20;

/** The jobs of these ids, each once. Throws where one is not there. */
export async function findJobs(
  store: Store | null,
  ids: readonly string[],
  action: string,
): Promise<Job[]> {
  const unique = [...new Set(ids)];
  const found = await store?.jobsOf(unique) ?? [];
  return unique.map((id, index) => {
    const job = found[index] ?? null;
    if (job !== null) return job;
    throw unknownJob(id, action);
  });
}

/** Waits until all jobs have ended, or any. What has ended once counts, even if it is made pending again. */
export async function waitForJobs(
  store: Store,
  machine: Machine,
  request: WaitRequest,
  { say, onLook, abort }: WaitCallbacks,
): Promise<WaitResult> {
  const deadline = performance.now() + request.timeoutMs;
  const bell = new EndBell(store, machine, request.pollMs);
  const outage = new Outage(say);
  const jobs = new Map(request.jobs.map((job) => [job.seq, job]));
  abort.addEventListener("abort", () => bell.ring());
  try {
    await bell.listen();
    for (;;) {
      const lookedAt = performance.now();
      const waiting = [...jobs.values()].filter((job) => !isFinal(job.state));
      for (const job of await outage.ride(() => bell.look(waiting)) ?? []) jobs.set(job.seq, job);
      const ended = [...jobs.values()].filter((job) => isFinal(job.state)).length;
      const nextLookAt = lookedAt + Math.max(shortestMs, lookShare * (performance.now() - lookedAt));
      onLook(ended);
      const isOver = ended === jobs.size || (request.any && ended > 0);
      if (isOver || abort.aborted || performance.now() >= deadline) {
        const ends = await outage.ride(() => endsOf(store, [...jobs.values()]));
        if (ends !== null) return { ends, isOver };
      }
      await bell.wait(Math.max(shortestMs, deadline - performance.now()));
      if (!abort.aborted) await sleepUntil(Math.min(nextLookAt, Math.max(deadline, lookedAt + shortestMs)));
    }
  } finally {
    bell.close();
  }
}

async function endsOf(store: Store, jobs: readonly Job[]): Promise<JobEnd[]> {
  const ends: JobEnd[] = [];
  for (const job of jobs) {
    // Only where no exit code tells, the run has to.
    const mustAsk = job.state === "dead" || job.state === "cancelled";
    const runs = mustAsk ? await store.runs(job.seq) : [];
    ends.push(jobEnd(job, runs.at(-1) ?? null));
  }
  return ends;
}

async function sleepUntil(at: number): Promise<void> {
  const ms = at - performance.now();
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
