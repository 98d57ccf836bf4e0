import { z } from "zod";
import { QueueError } from "../../core/errors.ts";
import { findRuns, isElsewhere, requestOutput } from "../../operations/read_output.ts";
import { readRange } from "../../operations/read_range.ts";
import type { OutputStream } from "../../operations/show_job.ts";
import { parseRange } from "../byte_range.ts";
import { streamOutput } from "../events/output_stream.ts";
import { eventStream } from "../events/sse.ts";
import { wholeNumber } from "../job_query.ts";
import { RequestRefused } from "../problem_response.ts";
import { type Call, type Route, route } from "../route.ts";
import { idOf } from "./read_jobs.ts";

const chunkBytes = 64 * 1024;
/** What is not longer is read at once, before its length is announced. */
const atOnceBytes = 256 * 1024;

const outputQuery = z.strictObject({
  from: wholeNumber(0, 1e12).optional().meta({
    description: "of events: the first byte that is wanted, where there is no Last-Event-ID",
  }),
});
type OutputQuery = z.infer<typeof outputQuery>;

export const stdoutRoute = outputRoute("stdout", "out");
export const stderrRoute = outputRoute("stderr", "err");

function outputRoute(name: string, stream: OutputStream): Route {
  return route({
    method: "get",
    path: `/jobs/{id}/runs/{number}/${name}`,
    tag: "output",
    summary: `what a run wrote to ${name}`,
    description:
      "The bytes as they are, or a part of them (Range). With Accept: text/event-stream as they come: output " +
      "(offset, bytes, text), skipped (offset, bytes: not here any more) and at last end (outcome, exit_code); the ids are " +
      "offsets in bytes, so that Last-Event-ID goes on where it was. Where only the end of a stream is left, the header " +
      "Queuectl-Missing-Bytes says how much went before.",
    query: outputQuery,
    headers: {
      Range: "one range of bytes",
      "Last-Event-ID": "of events: the offset from which to go on",
    },
    answers: [
      {
        status: 200,
        description: "all of it that is here",
        content: { "text/plain; charset=utf-8": null, "text/event-stream": null },
      },
      { status: 206, description: "a part of it", content: { "text/plain; charset=utf-8": null } },
    ],
    problems: [404, 416],
    handle: (call) => answer(call, stream),
  });
}

async function answer(call: Call<OutputQuery, unknown>, stream: OutputStream): Promise<Response> {
  const { queue, params, query, headers } = call;
  const id = idOf(params);
  const number = /^[1-9]\d{0,8}$/.test(params.number!) ? Number(params.number) : NaN;
  if (Number.isNaN(number)) {
    throw new QueueError(
      "not_found",
      `Cannot read run ${params.number!.slice(0, 20)} of job "${id}": runs have numbers`,
    );
  }
  const { runs } = await findRuns(await queue.store(), { id, which: number });
  const run = runs[0]!;
  const store = (await queue.store())!;
  const { runs: files } = queue.machine;
  if ((headers.get("accept") ?? "").includes("text/event-stream")) {
    const last = headers.get("last-event-id");
    const from = last !== null && /^\d{1,15}$/.test(last) ? Number(last) : query.from ?? 0;
    return eventStream(streamOutput(store, queue, { run, stream, from }));
  }
  if (!queue.isReadOnly && isElsewhere(store, files, run)) await requestOutput(store, run);
  const { total } = await readRange(store, files, { run, stream, from: 0, mostBytes: 0 });
  const range = parseRange(headers.get("range"), total);
  if (range === "unmet") throw noSuchRange(total);
  const from = range?.from ?? 0;
  const first = await readRange(store, files, { run, stream, from, mostBytes: atOnceBytes });
  if (range !== null && first.start > from) throw noSuchRange(total);
  const end = Math.min(range?.to ?? Infinity, total - 1);
  const wanted = Math.max(0, end - first.start + 1);
  // Of a run that writes more than is kept the file is cut again and again, perhaps since its length was read.
  const length = wanted > atOnceBytes ? wanted : Math.min(wanted, first.bytes.length);
  if (range !== null && length === 0) throw noSuchRange(total);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      // Exactly as many as were announced: what comes meanwhile is for another request.
      const left = first.start + length - at;
      const { bytes } = at === first.start
        ? first
        : await readRange(store, files, { run, stream, from: at, mostBytes: Math.min(chunkBytes, left) });
      const part = bytes.subarray(0, left);
      at += part.length;
      if (part.length > 0) controller.enqueue(part);
      if (part.length === 0 && left > 0) controller.error(new Error("its file was removed meanwhile"));
      else if (at >= first.start + length) controller.close();
    },
  }, { highWaterMark: 0 });
  let at = first.start;
  return new Response(length === 0 ? null : body, {
    status: range === null ? 200 : 206,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "content-length": String(length),
      "accept-ranges": "bytes",
      // Compressed, its bytes would be others than the ranges count.
      "cache-control": "no-store, no-transform",
      ...(range === null
        ? {}
        : { "content-range": `bytes ${first.start}-${first.start + length - 1}/${total}` }),
      ...(range === null && first.start > 0 ? { "queuectl-missing-bytes": String(first.start) } : {}),
    },
  });
}

function noSuchRange(total: number): RequestRefused {
  return new RequestRefused(416, "Cannot read this part of the output: it is not here", {
    headers: { "content-range": `bytes */${total}` },
  });
}
