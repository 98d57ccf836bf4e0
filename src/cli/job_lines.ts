/** Reads jobs from text: one JSON object, or one a line. */

import { QueueError } from "../core/errors.ts";
import { type PayloadContext, type PayloadJob, readPayload } from "../core/job_payload.ts";
import { parseJson, pointAt } from "../core/json_text.ts";
import type { WordsReader } from "../core/time_text.ts";
import { hasTimeInWords } from "../core/times_payload.ts";

export type LineContext = Omit<PayloadContext, "subject" | "readWords"> & {
  readonly timeWords: () => Promise<WordsReader>;
};

export async function readOneJob(text: string, context: LineContext): Promise<PayloadJob> {
  const looksLikeJson = /^\s*[{[]/.test(text);
  const hint = looksLikeJson
    ? "Some shells eat quotes; by flags none are needed: queuectl enqueue --id job1 -- echo hello"
    : `A command goes after --, like: queuectl enqueue -- ${text.split(/\s/)[0]} …`;
  return await readJob(parsed(text, { subject: "this job" }, hint), "this job", context);
}

/** Reads one job from a parsed value; loads what reads times in words where there is one. */
export async function readJob(value: unknown, subject: string, context: LineContext): Promise<PayloadJob> {
  const readWords = hasTimeInWords(value) ? await context.timeWords() : null;
  return readPayload(value, { ...context, subject, readWords });
}

export interface JobLines {
  readonly jobs: readonly PayloadJob[];
  /** The line of each job, from 1. */
  readonly lines: readonly number[];
}

/** How many lines are read between two reports of progress. */
const linesPerReport = 10_000;

/** Reads one JSON object a line; blank lines are passed over. Throws a usage error that names the line. */
export async function readJobLines(
  text: string,
  source: string,
  context: LineContext & { readonly onProgress: (share: number) => void },
): Promise<JobLines> {
  const jobs: PayloadJob[] = [];
  const lines: number[] = [];
  let number = 0;
  // One for all lines: a million of them feel it.
  const reading: PayloadContext = {
    ...context,
    get subject() {
      return `line ${number} of ${source}`;
    },
    readWords: null,
  };
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf("\n", from);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(from, end);
    from = end + 1;
    number++;
    if (number % linesPerReport === 0) context.onProgress(from / text.length);
    if (line.trim() === "") continue;
    const value = parsed(line, reading, "One JSON object a line; nothing was enqueued");
    const readWords = hasTimeInWords(value) ? await context.timeWords() : null;
    jobs.push(readPayload(value, readWords === null ? reading : { ...reading, readWords }));
    lines.push(number);
  }
  return { jobs, lines };
}

function parsed(text: string, context: Pick<PayloadContext, "subject">, hint: string): unknown {
  const result = parseJson(text);
  if ("value" in result) return result.value;
  const { found, offset } = result.fault;
  const marked = pointAt(text, offset).split("\n").map((line) => `\n    ${line}`).join("");
  throw new QueueError("usage", `Cannot enqueue ${context.subject}: it is not JSON: ${found}${marked}`, {
    hint,
  });
}
