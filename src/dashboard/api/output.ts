/** Parts of what a run wrote, as text. */

import { ApiError } from "./api_error.ts";
import { goToLogin } from "./go_to_login.ts";
import { readProblem } from "./read_problem.ts";

export type Stream = "stdout" | "stderr";

export interface OutputOf {
  readonly id: string;
  readonly run: number;
  readonly stream: Stream;
}

export interface OutputPart {
  readonly text: string;
  /** Where it begins and ends in the stream, in bytes. */
  readonly from: number;
  readonly to: number;
}

export function outputUrl({ id, run, stream }: OutputOf): string {
  return `/api/v1/jobs/${encodeURIComponent(id)}/runs/${run}/${stream}`;
}

/** The last `bytes` of it, from the beginning of a line on; all that is left where that is less. */
export async function readOutputEnd(of: OutputOf, bytes: number, signal: AbortSignal): Promise<OutputPart> {
  const part = await readRange(of, `bytes=-${bytes}`, signal);
  if (part !== null) return part;
  // There is none, or only its last part is left, which has no ranges that begin before it.
  const response = await request(of, {}, signal);
  const from = Number(response.headers.get("queuectl-missing-bytes") ?? 0);
  return partOf(await bytesOf(response, signal), from);
}

/** Up to `bytes` that end at `to`, from the beginning of a line on; null where they are not there any more. */
export function readOutputBefore(
  of: OutputOf,
  { to, bytes }: { readonly to: number; readonly bytes: number },
  signal: AbortSignal,
): Promise<OutputPart | null> {
  return readRange(of, `bytes=${Math.max(0, to - bytes)}-${to - 1}`, signal);
}

async function readRange(of: OutputOf, range: string, signal: AbortSignal): Promise<OutputPart | null> {
  const response = await request(of, { range }, signal);
  if (response.status === 416) return null;
  const from = Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1] ?? 0);
  return partOf(await bytesOf(response, signal), from);
}

async function request(
  of: OutputOf,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  let response;
  try {
    response = await fetch(outputUrl(of), { headers, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, "The server does not answer", "It may have been stopped, or the network is away");
  }
  if (response.ok || response.status === 416) return response;
  if (response.status === 401) goToLogin();
  throw await readProblem(response);
}

async function bytesOf(response: Response, signal: AbortSignal): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(
      0,
      "The output did not come to its end",
      "The connection broke, or its file was removed",
    );
  }
}

const newline = 10;

/** Exported for its test. */
export function partOf(bytes: Uint8Array, from: number): OutputPart {
  const skipped = from === 0 ? 0 : bytes.indexOf(newline) + 1;
  // A line that is longer than the part is shown from the first whole character on.
  const begin = skipped > 0 && skipped < bytes.length ? skipped : firstCharacter(bytes, from);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(begin));
  return { text, from: from + begin, to: from + bytes.length };
}

function firstCharacter(bytes: Uint8Array, from: number): number {
  if (from === 0) return 0;
  const found = bytes.subarray(0, 4).findIndex((byte) => (byte & 0b1100_0000) !== 0b1000_0000);
  return Math.max(0, found);
}
