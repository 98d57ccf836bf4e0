import { isFinal, type Job } from "../core/job.ts";
import type { Machine } from "../core/ports.ts";
import type { Run } from "../core/run.ts";
import type { Store } from "../store/store.ts";
import { EndBell } from "./end_bell.ts";
import { Outage } from "./outage.ts";
import { OutputFollower, type OutputReader } from "./output_follower.ts";
import { followEveryMs, isElsewhere, requestOutput, Watch } from "./read_output.ts";
import type { OutputStream } from "./show_job.ts";

export interface FollowRequest {
  readonly job: Job;
  readonly pollMs: number;
  readonly streams: readonly OutputStream[];
  /** The number of the first run that is followed. */
  readonly from: number;
  /** Whether the end of that run is the end of it, or only that of the job. */
  readonly until: "run" | "job";
  /** Of each run that is there already only so many last lines of a stream, and what comes after them; null for all. */
  readonly lastLines: number | null;
}

export interface FollowCallbacks extends OutputReader {
  readonly say: (text: string) => void;
  /** Told before anything of a run is passed on. */
  readonly onRun?: (run: Run) => void;
  /** Told when a run has ended, and what has become of its job. */
  readonly onRunEnd: (run: Run, job: Job) => void;
  /** Ends the following. */
  readonly abort: AbortSignal;
}

interface Followed {
  readonly run: Run;
  readonly followers: readonly OutputFollower[];
}

/** Passes on what a job writes, from run to run, until the run or the job has ended or the following is aborted. */
export async function followJob(
  store: Store,
  machine: Machine,
  request: FollowRequest,
  callbacks: FollowCallbacks,
): Promise<void> {
  const { job, until } = request;
  const bell = new EndBell(store, machine, request.pollMs);
  const outage = new Outage(callbacks.say);
  const watch = new Watch(store);
  let followed: Followed | null = null;
  let isFirstLook = true;
  callbacks.abort.addEventListener("abort", () => bell.ring());
  /** Passes on what there is; returns after how many milliseconds to look again, or null at the end. */
  const look = async (): Promise<number | null> => {
    const [current] = await bell.look([job]);
    for (const run of await store.runs(job.seq)) {
      if (run.number < (followed?.run.number ?? request.from)) continue;
      if (run.number !== followed?.run.number) {
        followed = await begin(store, machine, run, { ...request, isThere: isFirstLook });
        callbacks.onRun?.(run);
      }
      if (isElsewhere(store, machine.runs, run)) await watch.keep(run);
      for (const follower of followed.followers) await follower.passOn(run, callbacks);
      if (run.outcome !== null && followed.run.outcome === null) {
        callbacks.onRunEnd(run, (await bell.look([job]))[0]!);
      }
      followed = { ...followed, run };
      if (until === "run" && run.outcome !== null) return null;
    }
    isFirstLook = false;
    if (isFinal(current!.state)) return null;
    const isRunning = followed !== null && followed.run.outcome === null;
    if (!isRunning && current!.state !== "processing") return followEveryMs.waiting;
    return store.info.isShared ? followEveryMs.sharedStore : followEveryMs.files;
  };
  try {
    await bell.listen();
    for (;;) {
      const waitMs = await outage.ride(async () => ({ ms: await look() }));
      if (waitMs?.ms === null || callbacks.abort.aborted) return;
      await bell.wait(waitMs?.ms ?? followEveryMs.waiting);
    }
  } finally {
    bell.close();
  }
}

async function begin(
  store: Store,
  machine: Machine,
  run: Run,
  { streams, lastLines, isThere }: FollowRequest & { readonly isThere: boolean },
): Promise<Followed> {
  const followers = streams.map((stream) => new OutputFollower(store, machine.runs, stream));
  if (lastLines !== null && isThere) {
    // Which lines are the last ones is told by what its host stores now.
    if (isElsewhere(store, machine.runs, run)) await requestOutput(store, run);
    for (const follower of followers) await follower.skipToLastLines(run, lastLines);
  }
  // Its end, if it is there already, is yet to be told.
  return { run: { ...run, outcome: null }, followers };
}
