import type { RunFiles } from "../core/ports.ts";
import type { Run } from "../core/run.ts";
import type { Store } from "../store/store.ts";
import { chunkBytes, startInFile, startInTail } from "./read_output.ts";
import type { OutputStream } from "./show_job.ts";

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

  /** Passes over all but so many last lines of what is there. */
  async skipToLastLines(run: Run, lastLines: number): Promise<void> {
    const base = this.#files.base(run.jobSeq, run.number, run.mark);
    const size = this.#files.sizeOf(base, this.stream);
    if (size !== null) {
      this.#offset = startInFile(this.#files, base, { stream: this.stream, size, lastLines });
      return;
    }
    const stored = await this.#store.outputTail(run.jobSeq, run.number, this.stream);
    const from = stored === null ? 0 : startInTail(stored, lastLines);
    // Otherwise lines that were asked for went before the tail, which is said when it is passed on.
    if (stored !== null && from > 0) this.#offset = stored.bytes - stored.tail.length + from;
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
      if (chunk === null) {
        // Settled and removed since its size was read.
        const rest = await this.#rest(run);
        return { ...rest, chunks: [...chunks, ...rest.chunks] };
      }
      if (chunk.length === 0) return { chunks, skippedBytes: 0 };
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
