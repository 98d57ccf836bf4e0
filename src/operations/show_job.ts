import { unknownJob } from "../core/errors.ts";
import type { Job } from "../core/job.ts";
import type { RunFiles } from "../core/ports.ts";
import type { Run } from "../core/run.ts";
import { type ListedJob, withProgress } from "./list_jobs.ts";
import { offersAll } from "../core/tags.ts";
import { mostParents } from "../core/dependency_payload.ts";
import type { JobLink, Store } from "../store/store.ts";

export type OutputStream = "out" | "err";

export interface ShownRun extends Run {
  readonly out: ShownOutput;
  readonly err: ShownOutput;
}

export interface ShownOutput {
  /** The last bytes, as many as were asked for at most. */
  readonly tail: Uint8Array;
  readonly bytes: number;
}

export interface ShownJob {
  readonly job: ListedJob;
  readonly runs: readonly ShownRun[];
  /** Whether some worker offers what the job needs. */
  readonly isOffered: boolean;
  /** Its dependencies on jobs that have not ended. */
  readonly waitsFor: readonly JobLink[];
}

/** A job, or an error that says it is not there. `action` completes "Cannot …". */
export async function findJob(store: Store | null, id: string, action: string): Promise<Job> {
  const job = await store?.job(id) ?? null;
  if (job !== null) return job;
  throw unknownJob(id, action);
}

/** All of one job, each run with up to `tailBytes` last bytes of its output. */
export async function showJob(
  store: Store | null,
  files: RunFiles,
  request: { readonly id: string; readonly tailBytes: number },
): Promise<ShownJob> {
  const job = await findJob(store, request.id, "show");
  const runs = await store!.runs(job.seq);
  const output = async (run: Run, stream: OutputStream): Promise<ShownOutput> => {
    const base = files.base(run.jobSeq, run.number, run.mark);
    const onDisk = files.tail(base, stream, request.tailBytes);
    if (onDisk.bytes > 0) return onDisk;
    const stored = await store!.outputTail(run.jobSeq, run.number, stream);
    if (stored === null) return { tail: new Uint8Array(), bytes: 0 };
    return { tail: stored.tail.subarray(-request.tailBytes), bytes: stored.bytes };
  };
  const [listed] = await withProgress(store!, [job]);
  const links = job.openParents === 0
    ? []
    : await store!.links({ jobSeqs: [job.seq], to: "parents", limit: mostParents });
  return {
    job: listed!,
    waitsFor: links.filter(({ state }) => state === "open"),
    isOffered: job.needs.length === 0 ||
      (await store!.workers()).some((worker) => worker.stop === null && offersAll(worker.tags, job.needs)),
    runs: await Promise.all(
      runs.map(async (run) => ({ ...run, out: await output(run, "out"), err: await output(run, "err") })),
    ),
  };
}
