import type { RunFiles } from "../core/ports.ts";
import type { Run } from "../core/run.ts";
import type { Store } from "../store/store.ts";
import type { OutputStream } from "./show_job.ts";

export interface RangeRequest {
  readonly run: Pick<Run, "jobSeq" | "number" | "mark">;
  readonly stream: OutputStream;
  /** The first byte that is wanted. */
  readonly from: number;
  readonly mostBytes: number;
}

export interface OutputRange {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where they begin: beyond what was wanted, where only a later part of the stream is left. */
  readonly start: number;
  /** How long the stream is by now. */
  readonly total: number;
}

/** A part of what a run has written, from its file where it is here, else from what the store has of it. */
export async function readRange(
  store: Store,
  files: RunFiles,
  { run, stream, from, mostBytes }: RangeRequest,
): Promise<OutputRange> {
  const base = files.base(run.jobSeq, run.number, run.mark);
  const size = files.sizeOf(base, stream);
  if (size !== null) {
    if (from >= size || mostBytes === 0) return { bytes: new Uint8Array(), start: from, total: size };
    const bytes = files.read(base, stream, from, Math.min(mostBytes, size - from));
    // Otherwise it was settled and removed since its size was read.
    if (bytes !== null) return { bytes: new Uint8Array(bytes), start: from, total: size };
  }
  const stored = await store.outputTail(run.jobSeq, run.number, stream);
  if (stored === null) return { bytes: new Uint8Array(), start: from, total: 0 };
  const tailStart = stored.bytes - stored.tail.length;
  const start = Math.max(from, tailStart);
  const bytes = stored.tail.subarray(start - tailStart, start - tailStart + mostBytes);
  return { bytes: new Uint8Array(bytes), start, total: stored.bytes };
}
