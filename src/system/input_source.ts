/** What a caller gives a job to read, byte for byte: a file or a pipe, of which no more than a beginning is held in memory. */

import { QueueError } from "../core/errors.ts";
import { type GivenInput, mostStoredBytes } from "../core/job_input.ts";
import { reasonOf } from "./reason.ts";

type Source = { read(buffer: Uint8Array): Promise<number | null>; close(): void };

/** The input in a file. Throws a usage error where it cannot be read. */
export async function openInput(path: string): Promise<GivenInput> {
  return await readSource(() => Deno.open(path), path);
}

/** All of stdin, or null where it is a terminal. */
export async function openStdin(): Promise<GivenInput | null> {
  if (Deno.stdin.isTerminal()) return null;
  return await readSource(() => Promise.resolve(Deno.stdin), "stdin");
}

async function readSource(open: () => Promise<Source>, name: string): Promise<GivenInput> {
  try {
    const source = await open();
    // However small the parts are in which it comes.
    const head = new Uint8Array(mostStoredBytes + 1);
    for (let filled = 0; filled < head.length;) {
      const count = await source.read(head.subarray(filled));
      if (count !== null) filled += count;
      else {
        source.close();
        return { head: head.slice(0, filled), rest: null };
      }
    }
    return { head, rest: partsOf(source, name) };
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** Each part is good until the next one is asked for. */
async function* partsOf(source: Source, name: string): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(256 * 1024);
  try {
    for (let count; (count = await source.read(buffer)) !== null;) yield buffer.subarray(0, count);
  } catch (error) {
    throw unreadable(name, error);
  } finally {
    source.close();
  }
}

function unreadable(name: string, error: unknown): QueueError {
  if (error instanceof QueueError) return error;
  return new QueueError("usage", `Cannot read ${name}: ${reasonOf(error)}`, { cause: error });
}
