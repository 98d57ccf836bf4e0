import { QueueError } from "../core/errors.ts";
import { isFinal, type Job } from "../core/job.ts";
import type { RunFiles } from "../core/ports.ts";
import type { Run } from "../core/run.ts";
import type { Store } from "../store/store.ts";
import { findJob, type OutputStream } from "./show_job.ts";

export interface OutputRequest {
  readonly id: string;
  /** The run's number, or null for the newest. */
  readonly run: number | null;
}

export interface FoundRun {
  readonly job: Job;
  /** Null where the job has not been run yet. */
  readonly run: Run | null;
}

/** Finds a run whose output is asked for. Throws where the job or the run is not there. */
export async function findRun(store: Store | null, request: OutputRequest): Promise<FoundRun> {
  const job = await findJob(store, request.id, "read the output of");
  const runs = await store!.runs(job.seq);
  if (request.run === null) return { job, run: runs.at(-1) ?? null };
  const run = runs.find((each) => each.number === request.run);
  if (run !== undefined) return { job, run };
  const found = runs.length === 0 ? "it has not run yet" : `it has run ${runs.length} time(s)`;
  throw new QueueError("not_found", `Cannot read run ${request.run} of job "${job.id}": ${found}`, {
    hint: `See its runs: queuectl show ${job.id}`,
  });
}

/** How much of a file is read at once, in bytes. */
const chunkBytes = 256 * 1024;

/**
 * A stream of a run, from its files where they are there, else its tail from the store. Where only the tail is left
 * of a longer stream, `missingBytes` says how much went before.
 */
export async function readOutput(
  store: Store,
  files: RunFiles,
  run: Run,
  stream: OutputStream,
): Promise<{ readonly chunks: Iterable<Uint8Array>; readonly missingBytes: number }> {
  const base = files.base(run.jobSeq, run.number, run.mark);
  if (files.sizeOf(base, stream) !== null) {
    return { chunks: chunksFrom(files, base, stream), missingBytes: 0 };
  }
  const tail = await store.outputTail(run.jobSeq, run.number, stream) ?? new Uint8Array();
  const total = (stream === "out" ? run.stdoutBytes : run.stderrBytes) ?? 0;
  return { chunks: [tail], missingBytes: Math.max(0, total - tail.length) };
}

function* chunksFrom(files: RunFiles, base: string, stream: OutputStream): Iterable<Uint8Array> {
  for (let offset = 0;;) {
    const chunk = files.read(base, stream, offset, chunkBytes);
    if (chunk === null || chunk.length === 0) return;
    yield chunk;
    offset += chunk.length;
  }
}

/** Hands out new bytes of a stream each time it is asked. */
export class OutputFollower {
  readonly #files: RunFiles;
  readonly #store: Store;
  readonly #stream: OutputStream;
  #offset = 0;

  constructor(store: Store, files: RunFiles, stream: OutputStream) {
    this.#store = store;
    this.#files = files;
    this.#stream = stream;
  }

  /** What has come since the last call; once the files are gone, the rest comes from the store. */
  async next(run: Run): Promise<Uint8Array[]> {
    const base = this.#files.base(run.jobSeq, run.number, run.mark);
    const size = this.#files.sizeOf(base, this.#stream);
    if (size === null) return await this.#rest(run);
    // A stream that was cut to its head begins anew from there.
    if (size < this.#offset) this.#offset = size;
    const chunks: Uint8Array[] = [];
    for (;;) {
      const chunk = this.#files.read(base, this.#stream, this.#offset, chunkBytes);
      if (chunk === null || chunk.length === 0) return chunks;
      chunks.push(chunk);
      this.#offset += chunk.length;
    }
  }

  async #rest(run: Run): Promise<Uint8Array[]> {
    const tail = await this.#store.outputTail(run.jobSeq, run.number, this.#stream);
    if (tail === null) return [];
    const total = (this.#stream === "out" ? run.stdoutBytes : run.stderrBytes) ?? tail.length;
    const unread = Math.max(0, Math.min(tail.length, total - this.#offset));
    this.#offset = total;
    return unread === 0 ? [] : [tail.subarray(tail.length - unread)];
  }
}

/** Whether nothing more will come of a run. */
export function isOver(found: FoundRun): boolean {
  return found.run === null ? isFinal(found.job.state) : found.run.outcome !== null;
}
