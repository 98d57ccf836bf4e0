import { isFinal, type Job } from "../core/job.ts";
import type { Machine } from "../core/ports.ts";
import type { Run } from "../core/run.ts";
import type { Store } from "../store/store.ts";
import { EndBell } from "./end_bell.ts";
import { Outage } from "./outage.ts";
import { followEveryMs, isElsewhere, OutputFollower, type OutputReader, Watch } from "./read_output.ts";

export interface FollowCallbacks extends OutputReader {
  readonly say: (text: string) => void;
  /** Told when a run has ended, and what has become of its job. */
  readonly onRunEnd: (run: Run, job: Job) => void;
  /** Ends the following. */
  readonly abort: AbortSignal;
}

interface Followed {
  readonly run: Run;
  readonly followers: readonly OutputFollower[];
}

/** Passes on what a job writes, from run to run, until it has ended or the following is aborted. */
export async function followJob(
  store: Store,
  machine: Machine,
  { job, pollMs }: { readonly job: Job; readonly pollMs: number },
  callbacks: FollowCallbacks,
): Promise<void> {
  const bell = new EndBell(store, machine, pollMs);
  const outage = new Outage(callbacks.say);
  const watch = new Watch(store);
  let followed: Followed | null = null;
  callbacks.abort.addEventListener("abort", () => bell.ring());
  /** Passes on what there is; returns after how many milliseconds to look again, or null at the end. */
  const look = async (): Promise<number | null> => {
    const [current] = await bell.look([job]);
    for (const run of await store.runs(job.seq)) {
      if (run.number < (followed?.run.number ?? 1)) continue;
      if (run.number !== followed?.run.number) followed = begin(store, machine, run);
      if (isElsewhere(store, machine.runs, run)) await watch.keep(run);
      for (const follower of followed.followers) await follower.passOn(run, callbacks);
      if (run.outcome !== null && followed.run.outcome === null) {
        callbacks.onRunEnd(run, (await bell.look([job]))[0]!);
      }
      followed = { ...followed, run };
    }
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

function begin(store: Store, machine: Machine, run: Run): Followed {
  const followers = (["out", "err"] as const).map((stream) =>
    new OutputFollower(store, machine.runs, stream)
  );
  // Its end, if it is there already, is yet to be told.
  return { run: { ...run, outcome: null }, followers };
}
