/** What a run writes, as it does: read only as fast as the client takes it, so that nothing piles up. */

import type { Run } from "../../core/run.ts";
import { isElsewhere, Watch } from "../../operations/read_output.ts";
import { readRange } from "../../operations/read_range.ts";
import type { OutputStream } from "../../operations/show_job.ts";
import type { ServedQueue } from "../../operations/served_queue.ts";
import type { Store } from "../../store/store.ts";
import { encodeEvent, keepAlive, keepAliveMs } from "./sse.ts";

/** How much goes into one event, in bytes. */
const chunkBytes = 32 * 1024;
/** How often new output is looked for, in milliseconds: in files, and in a store of several hosts. */
const lookEveryMs = { files: 150, shared: 750 };

export interface OutputRequest {
  readonly run: Run;
  readonly stream: OutputStream;
  /** The first byte that is wanted. */
  readonly from: number;
}

export function streamOutput(
  store: Store,
  queue: ServedQueue,
  request: OutputRequest,
): ReadableStream<Uint8Array> {
  const reader = new OutputEvents(store, queue, request);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const event = await reader.next();
      if (event === null) controller.close();
      else controller.enqueue(event);
    },
    cancel: () => reader.cancel(),
  }, { highWaterMark: 0 });
}

class OutputEvents {
  readonly #store: Store;
  readonly #queue: ServedQueue;
  readonly #request: OutputRequest;
  readonly #watch: Watch;
  #offset: number;
  #isOver = false;
  #isCancelled = false;

  constructor(store: Store, queue: ServedQueue, request: OutputRequest) {
    this.#store = store;
    this.#queue = queue;
    this.#request = request;
    this.#watch = new Watch(store);
    this.#offset = request.from;
  }

  cancel(): void {
    this.#isCancelled = true;
  }

  /** The next event, when there is one; null at the end. */
  async next(): Promise<Uint8Array | null> {
    const { machine, isReadOnly } = this.#queue;
    let quietMs = 0;
    while (!this.#isOver && !this.#isCancelled) {
      // Asked before its output is read, so that what is read afterwards is all of it.
      const run = await this.#run();
      const isOver = run === null || run.outcome !== null;
      if (!isOver && !isReadOnly && isElsewhere(this.#store, machine.runs, run)) await this.#watch.keep(run);
      const event = await this.#read(isOver);
      if (event !== null) return event;
      if (isOver) {
        this.#isOver = true;
        const { outcome = null, exitCode = null } = run ?? {};
        return encodeEvent({
          event: "end",
          id: String(this.#offset),
          data: { outcome, exit_code: exitCode },
        });
      }
      if (quietMs >= keepAliveMs) return keepAlive;
      const waitMs = this.#store.info.isShared ? lookEveryMs.shared : lookEveryMs.files;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      quietMs += waitMs;
    }
    return null;
  }

  async #run(): Promise<Run | null> {
    const { jobSeq, number } = this.#request.run;
    return (await this.#store.runs(jobSeq)).find((each) => each.number === number) ?? null;
  }

  async #read(isOver: boolean): Promise<Uint8Array | null> {
    const { run, stream } = this.#request;
    const { bytes, start, total } = await readRange(this.#store, this.#queue.machine.runs, {
      run,
      stream,
      from: this.#offset,
      mostBytes: chunkBytes,
    });
    // A stream that was cut to its head goes on from there.
    if (bytes.length === 0 && total < this.#offset) this.#offset = total;
    if (bytes.length === 0) return null;
    if (start > this.#offset) {
      const skipped = { offset: this.#offset, bytes: start - this.#offset };
      this.#offset = start;
      return encodeEvent({ event: "skipped", id: String(start), data: skipped });
    }
    const isLast = isOver && start + bytes.length >= total;
    const length = isLast ? bytes.length : wholeCharacters(bytes);
    if (length === 0) return null;
    this.#offset = start + length;
    const text = new TextDecoder().decode(bytes.subarray(0, length));
    return encodeEvent({
      event: "output",
      id: String(this.#offset),
      data: { offset: start, bytes: length, text },
    });
  }
}

/** How many of these bytes end with a whole character of UTF-8, so that none is torn between two events. */
export function wholeCharacters(bytes: Uint8Array): number {
  const { length } = bytes;
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back]!;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    const needed = byte >= 0b1111_0000 ? 4 : byte >= 0b1110_0000 ? 3 : byte >= 0b1100_0000 ? 2 : 1;
    return needed > back ? length - back : length;
  }
  return length;
}
