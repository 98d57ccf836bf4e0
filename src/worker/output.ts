/** The output of one run while it runs, and what of it goes into the store. */

import { formatSize } from "../core/duration.ts";
import type { RunFiles } from "../core/ports.ts";
import { type StreamTail, tailBytes } from "../core/run.ts";

/** How often the size of a running job's output is looked at, in milliseconds. */
export const outputLookMs = 250;

const streams = ["out", "err"] as const;

/** Cuts the streams of a running job that have grown over the limit: their head stays. */
export function limitOutput(files: RunFiles, base: string, limitBytes: number): void {
  for (const stream of streams) limitStream(files, base, { stream, limitBytes });
}

/** The size of a stream after that, in bytes; 0 where it is not there. */
function limitStream(
  files: RunFiles,
  base: string,
  { stream, limitBytes }: { readonly stream: "out" | "err"; readonly limitBytes: number },
): number {
  const note = `\n[queuectl: output was cut here, at output_limit ${formatSize(limitBytes)}]\n`;
  const size = files.sizeOf(base, stream) ?? 0;
  if (size <= limitBytes + note.length) return size;
  files.cut(base, stream, limitBytes, note);
  return files.sizeOf(base, stream) ?? 0;
}

export interface CollectedOutput {
  readonly stdout: StreamTail;
  readonly stderr: StreamTail;
  /** Whether the tails are the whole output, so that the files may go. */
  readonly complete: boolean;
}

/** The output of a run that has ended, cut where it is over the limit. */
export function collectOutput(files: RunFiles, base: string, limitBytes: number): CollectedOutput {
  const collect = (stream: "out" | "err"): StreamTail => {
    const bytes = limitStream(files, base, { stream, limitBytes });
    if (bytes === 0) return { tail: new Uint8Array(), bytes };
    const tail = files.read(base, stream, Math.max(0, bytes - tailBytes), tailBytes);
    return { tail: tail ?? new Uint8Array(), bytes };
  };
  const [stdout, stderr] = [collect("out"), collect("err")];
  return { stdout, stderr, complete: stdout.bytes <= tailBytes && stderr.bytes <= tailBytes };
}

/** The last line of a stream as one short line of text without control characters, or "". */
export function lastLine(tail: Uint8Array): string {
  const text = new TextDecoder().decode(tail.subarray(-2000)).trimEnd();
  // deno-lint-ignore no-control-regex -- control characters are what must go
  return text.slice(text.lastIndexOf("\n") + 1).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim()
    .slice(0, 200);
}
