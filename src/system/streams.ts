/** The process's streams and the files that a caller names. */

import { QueueError } from "../core/errors.ts";
import { reasonOf } from "./reason.ts";

/** What became of a write: `closed` where the reader has gone. */
export type Written = "all" | "closed";

/** Writes all of it, whatever the pipe takes at once. Throws a QueueError where it cannot be written. */
export function writeAll(stream: { writeSync(data: Uint8Array): number }, data: Uint8Array): Written {
  for (let written = 0; written < data.length;) {
    try {
      written += stream.writeSync(data.subarray(written));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return "closed";
      if (!(error instanceof Deno.errors.WouldBlock)) {
        throw new QueueError("failed", `Cannot write the output: ${reasonOf(error)}`, { cause: error });
      }
      // The other end made the pipe non-blocking and is slow; there is nothing else to do meanwhile.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return "all";
}

/** All of stdin as text, or null where it is a terminal. */
export async function readStdin(): Promise<string | null> {
  if (Deno.stdin.isTerminal()) return null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of Deno.stdin.readable) chunks.push(chunk);
  return decode(concatenated(chunks), "stdin");
}

/** Asks on stderr and reads one line, "" at the end of input; null where stdin or stderr is no terminal. */
export async function askOnTerminal(question: string): Promise<string | null> {
  if (!Deno.stdin.isTerminal() || !Deno.stderr.isTerminal()) return null;
  writeAll(Deno.stderr, new TextEncoder().encode(question));
  // A terminal hands out whole lines.
  const line = new Uint8Array(1024);
  const length = await Deno.stdin.read(line) ?? 0;
  return new TextDecoder().decode(line.subarray(0, length));
}

/** Text of a file. Throws a usage error where it cannot be read. */
export function readInput(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    throw new QueueError("usage", `Cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
  return decode(bytes, path);
}

function decode(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new QueueError("usage", `Cannot read ${source}: it is not UTF-8 text`, { cause });
  }
}

function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
