import { QueueError } from "../core/errors.ts";
import type { Job } from "../core/job.ts";
import { startOfLastLines } from "../core/last_lines.ts";
import type { RunFiles } from "../core/ports.ts";
import type { Run, StreamTail } from "../core/run.ts";
import type { Store } from "../store/store.ts";
import { findJob, type OutputStream } from "./show_job.ts";
import { waitUntil } from "./wait_until.ts";

export interface RunsRequest {
  readonly id: string;
  /** One by its number, the newest, or every run. */
  readonly which: number | "newest" | "all";
}

export interface FoundRuns {
  readonly job: Job;
  /** Oldest first; none where the job has not been run yet. */
  readonly runs: readonly Run[];
}

/** Finds the runs whose output is asked for. Throws where the job or the run is not there. */
export async function findRuns(store: Store | null, request: RunsRequest): Promise<FoundRuns> {
  const job = await findJob(store, request.id, "read the output of");
  const all = await store!.runs(job.seq);
  if (request.which === "all") return { job, runs: all };
  if (request.which === "newest") return { job, runs: all.slice(-1) };
  const runs = all.filter((each) => each.number === request.which);
  if (runs.length > 0) return { job, runs };
  const found = all.length === 0 ? "it has not run yet" : `it has run ${all.length} time(s)`;
  throw new QueueError("not_found", `Cannot read run ${request.which} of job "${job.id}": ${found}`, {
    hint: `See its runs: queuectl show ${job.id}`,
  });
}

/** How much of a file is read at once, in bytes. */
export const chunkBytes = 256 * 1024;

export interface StreamRequest {
  readonly run: Run;
  readonly stream: OutputStream;
  /** Only so many last lines of it; null for all. */
  readonly lastLines: number | null;
}

/**
 * A stream of a run, from its files where they are there, else its tail from the store. Where only the tail is left
 * of a longer stream, `missingBytes` says how much went before of what was asked for.
 */
export async function readOutput(
  store: Store,
  files: RunFiles,
  { run, stream, lastLines }: StreamRequest,
): Promise<{ readonly chunks: Iterable<Uint8Array>; readonly missingBytes: number }> {
  const base = files.base(run.jobSeq, run.number, run.mark);
  const size = files.sizeOf(base, stream);
  if (size !== null) {
    const from = lastLines === null ? 0 : startInFile(files, base, { stream, size, lastLines });
    const first = files.read(base, stream, from, chunkBytes);
    // It may have been settled and removed since its size was read; such a file is no longer than the first chunk.
    if (first !== null) return { chunks: chunksFrom(files, base, { stream, from, first }), missingBytes: 0 };
  }
  const stored = await store.outputTail(run.jobSeq, run.number, stream);
  if (stored === null) return { chunks: [], missingBytes: 0 };
  const from = lastLines === null ? 0 : startInTail(stored, lastLines);
  const missingBytes = from > 0 ? 0 : Math.max(0, stored.bytes - stored.tail.length);
  return { chunks: [stored.tail.subarray(from)], missingBytes: lastLines === 0 ? 0 : missingBytes };
}

/** Where the last lines of a stream begin in its file. */
export function startInFile(
  files: RunFiles,
  base: string,
  at: { readonly stream: OutputStream; readonly size: number; readonly lastLines: number },
): number {
  return startOfLastLines(
    at.size,
    at.lastLines,
    (offset, bytes) => files.read(base, at.stream, offset, bytes) ?? new Uint8Array(),
  );
}

/** Where the last lines of a stream begin in its stored tail; 0 where more of them may have gone before. */
export function startInTail({ tail }: StreamTail, lastLines: number): number {
  return startOfLastLines(tail.length, lastLines, (offset, bytes) => tail.subarray(offset, offset + bytes));
}

/** How often new output is looked for while following, in milliseconds: in files, in a store of several hosts, and where no run is on. */
export const followEveryMs = { files: 100, sharedStore: 500, waiting: 500 };

/** For how long one asking makes a run's host publish its output, in milliseconds. */
const watchMs = 15_000;
/** How long that host may take to answer, in milliseconds. */
const publishPatienceMs = 5_000;

/** Whether a run goes on where its files cannot be read from here. */
export function isElsewhere(store: Store, files: RunFiles, run: Run): boolean {
  if (!store.info.isShared || run.outcome !== null) return false;
  const base = files.base(run.jobSeq, run.number, run.mark);
  return files.sizeOf(base, "out") === null && files.sizeOf(base, "err") === null;
}

/** Has the output of a run that goes on elsewhere stored, as it is now. False where its host does not answer in time. */
export async function requestOutput(store: Store, run: Run): Promise<boolean> {
  const askedAt = await store.now();
  await store.watchRun(run, watchMs);
  const isPublished = async () => {
    const found = (await store.runs(run.jobSeq)).find((each) => each.number === run.number);
    return found === undefined || found.outcome !== null || (found.publishedAt ?? 0) >= askedAt;
  };
  return await waitUntil(isPublished, publishPatienceMs, 100);
}

/** Keeps the host of a run publishing while its output is followed. */
export class Watch {
  readonly #store: Store;
  #askedAt = -Infinity;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Asks again in good time. */
  async keep(run: Run): Promise<void> {
    if (performance.now() - this.#askedAt < watchMs / 3) return;
    this.#askedAt = performance.now();
    await this.#store.watchRun(run, watchMs);
  }
}

function* chunksFrom(
  files: RunFiles,
  base: string,
  { stream, from, first }: {
    readonly stream: OutputStream;
    readonly from: number;
    readonly first: Uint8Array;
  },
): Iterable<Uint8Array> {
  let offset = from;
  for (let chunk: Uint8Array | null = first; chunk !== null && chunk.length > 0;) {
    yield chunk;
    offset += chunk.length;
    chunk = files.read(base, stream, offset, chunkBytes);
  }
}
