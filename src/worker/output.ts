/** The output of one run while it runs, and what of it goes into the store. */

import { formatSize } from "../core/duration.ts";
import type { RunFolders } from "../core/ports.ts";
import { type StreamTail, tailBytes } from "../core/run.ts";

/** How often the size of a running job's output is looked at, in milliseconds. */
export const outputLookMs = 250;

const streams = ["out", "err"] as const;

/** Cuts the streams of a running job that have grown over the limit: their head stays. */
export function limitOutput(folders: RunFolders, folder: string, limitBytes: number): void {
  for (const stream of streams) {
    const note = `\n[queuectl: output was cut here, at output_limit ${formatSize(limitBytes)}]\n`;
    const size = folders.sizeOf(folder, stream);
    if (size === null || size <= limitBytes + note.length) continue;
    folders.cut(folder, stream, limitBytes, note);
  }
}

export interface CollectedOutput {
  readonly stdout: StreamTail;
  readonly stderr: StreamTail;
  /** Whether the tails are the whole output, so that the files may go. */
  readonly complete: boolean;
}

export function collectOutput(folders: RunFolders, folder: string): CollectedOutput {
  const stdout = folders.tail(folder, "out", tailBytes);
  const stderr = folders.tail(folder, "err", tailBytes);
  return { stdout, stderr, complete: stdout.bytes <= tailBytes && stderr.bytes <= tailBytes };
}

/** The last line of a stream as one short line of text without control characters, or "". */
export function lastLine(tail: Uint8Array): string {
  const text = new TextDecoder().decode(tail.subarray(-2000)).trimEnd();
  // deno-lint-ignore no-control-regex -- control characters are what must go
  return text.slice(text.lastIndexOf("\n") + 1).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim()
    .slice(0, 200);
}
