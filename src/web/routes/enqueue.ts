import { createHash } from "node:crypto";
import { readPayload } from "../../core/job_payload.ts";
import { strictPriorityStepMs } from "../../core/job.ts";
import { keptTraceparent, traceHeader } from "../../core/trace_context.ts";
import { enqueueJobs } from "../../operations/enqueue_jobs.ts";
import { acceptedJson } from "../../operations/json.ts";
import type { ServedQueue } from "../../operations/served_queue.ts";
import type { OnceRequest } from "../../store/store.ts";
import { z } from "zod";
import { RequestRefused } from "../problem_response.ts";
import { noWords } from "../no_words.ts";
import { json, jsonAnswer, route } from "../route.ts";
import { accepted } from "../schemas/job.ts";
import { newJobs } from "../schemas/new_job.ts";
import { writeStore } from "../write_store.ts";

export const enqueueRoute = route({
  method: "post",
  path: "/jobs",
  tag: "jobs",
  summary: "accept a job, or many: all of them or none",
  description:
    "The fields are those of queuectl enqueue (queuectl help json). When it answers, the jobs are on disk. " +
    "Jobs that name no folder run in the one in which the server was started.",
  changes: true,
  headers: {
    "Idempotency-Key":
      "your name for this request: sent again with the same body within a day it stores nothing and has " +
      "the same answer; with another body it is refused (422)",
    [traceHeader]: "the W3C trace context that its jobs belong to; one that is not sound is passed over",
  },
  body: newJobs,
  problems: [404],
  answers: [jsonAnswer(z.union([accepted, z.array(accepted)]), "one for each job, in their order", 201)],
  async handle({ queue, body, bytes, headers }) {
    const values = Array.isArray(body) ? body : [body];
    const requests = values.map((value, index) =>
      readPayload(value, {
        subject: Array.isArray(body) ? `job ${index + 1} of the list` : "this job",
        callerCwd: queue.folder,
        resolvePath: queue.resolvePath,
        readWords: noWords,
        variable: () => undefined,
      })
    );
    const stored = await enqueueJobs(await writeStore(queue), queue.machine, {
      requests,
      defaults: defaultsOf(queue),
      traceparent: keptTraceparent(headers.get(traceHeader) ?? undefined),
      once: onceOf(headers, bytes),
    });
    const answers = stored.map(acceptedJson);
    return json(Array.isArray(body) ? answers : answers[0], 201);
  },
});

function onceOf(headers: Headers, body: Uint8Array): OnceRequest | undefined {
  const key = headers.get("idempotency-key");
  if (key === null) return undefined;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) {
    return { key, request: createHash("sha256").update(body).digest("hex") };
  }
  throw new RequestRefused(
    400,
    "Cannot use the Idempotency-Key: it must be 1 to 255 visible ASCII characters",
  );
}

function defaultsOf(queue: ServedQueue) {
  const { max_retries, priority_ageing } = queue.settings();
  return { maxRetries: max_retries, priorityStepMs: priority_ageing ?? strictPriorityStepMs };
}
