import { QueueError } from "../core/errors.ts";
import { isFinal, type Job } from "../core/job.ts";
import type { RunFiles } from "../core/ports.ts";
import type { Run } from "../core/run.ts";
import type { Store } from "../store/store.ts";
import { findJob, type OutputStream } from "./show_job.ts";
import { waitUntil } from "./wait_until.ts";

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
  const stored = await store.outputTail(run.jobSeq, run.number, stream);
  if (stored === null) return { chunks: [], missingBytes: 0 };
  return { chunks: [stored.tail], missingBytes: Math.max(0, stored.bytes - stored.tail.length) };
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

function* chunksFrom(files: RunFiles, base: string, stream: OutputStream): Iterable<Uint8Array> {
  for (let offset = 0;;) {
    const chunk = files.read(base, stream, offset, chunkBytes);
    if (chunk === null || chunk.length === 0) return;
    yield chunk;
    offset += chunk.length;
  }
}

/** Who follows the output of a run. */
export interface OutputReader {
  write(stream: OutputStream, bytes: Uint8Array): void;
  /** Told of bytes that went by unseen: there was more than is stored at a time. */
  onSkipped(stream: OutputStream, bytes: number): void;
}

interface NewOutput {
  readonly chunks: readonly Uint8Array[];
  readonly skippedBytes: number;
}

/** Follows a stream: hands out what is new of it each time it is asked. */
export class OutputFollower {
  readonly #files: RunFiles;
  readonly #store: Store;
  readonly stream: OutputStream;
  #offset = 0;

  constructor(store: Store, files: RunFiles, stream: OutputStream) {
    this.#store = store;
    this.#files = files;
    this.stream = stream;
  }

  /** Passes on what has come since the last call; once the files are gone, the rest comes from the store. */
  async passOn(run: Run, to: OutputReader): Promise<void> {
    const { chunks, skippedBytes } = await this.#next(run);
    if (skippedBytes > 0) to.onSkipped(this.stream, skippedBytes);
    for (const chunk of chunks) to.write(this.stream, chunk);
  }

  async #next(run: Run): Promise<NewOutput> {
    const base = this.#files.base(run.jobSeq, run.number, run.mark);
    const size = this.#files.sizeOf(base, this.stream);
    if (size === null) return await this.#rest(run);
    // A stream that was cut to its head begins anew from there.
    if (size < this.#offset) this.#offset = size;
    const chunks: Uint8Array[] = [];
    for (;;) {
      const chunk = this.#files.read(base, this.stream, this.#offset, chunkBytes);
      if (chunk === null || chunk.length === 0) return { chunks, skippedBytes: 0 };
      chunks.push(chunk);
      this.#offset += chunk.length;
    }
  }

  async #rest(run: Run): Promise<NewOutput> {
    const stored = await this.#store.outputTail(run.jobSeq, run.number, this.stream);
    if (stored === null || stored.bytes <= this.#offset) return { chunks: [], skippedBytes: 0 };
    const { tail, bytes } = stored;
    const unread = Math.min(tail.length, bytes - this.#offset);
    const skippedBytes = bytes - this.#offset - unread;
    this.#offset = bytes;
    return { chunks: [tail.subarray(tail.length - unread)], skippedBytes };
  }
}

/** Whether nothing more will come of a run. */
export function isOver(found: FoundRun): boolean {
  return found.run === null ? isFinal(found.job.state) : found.run.outcome !== null;
}
