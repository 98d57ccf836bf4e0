/** The span of an attempt: under what enqueued its job, and over what its command does. */

import { programOf } from "../core/program_name.ts";
import type { RunEnding } from "../core/run.ts";
import type { Span, SpanStart } from "../core/telemetry.ts";
import type { Claimed } from "../store/store.ts";
import type { WorkerContext } from "./context.ts";

/**
 * Null where nothing is to be told. Its ids are made of the run's, so that a worker that adopts the run goes on with the
 * same span. Not the command itself, which may hold secrets.
 */
export function startAttemptSpan(
  { telemetry, workerId, host }: WorkerContext,
  { job, run, mark }: Claimed,
): Span | null {
  const startedAt = job.startedAt ?? 0;
  const start: SpanStart = {
    name: `process ${job.queue}`,
    parent: job.traceparent,
    seed: `${job.id} ${run.number} ${mark}`,
    startedAt,
    attributes: {
      "messaging.system": "queuectl",
      "messaging.operation.type": "process",
      "messaging.destination.name": job.queue,
      "messaging.message.id": job.id,
      "process.executable.name": programOf(job),
      "host.name": host.name,
      "queuectl.run.number": run.number,
      "queuectl.worker.id": workerId,
      "queuectl.wait_ms": Math.max(0, startedAt - job.runAt),
    },
  };
  return telemetry?.startSpan(start) ?? null;
}

export function endAttemptSpan(
  span: Span | null,
  ending: RunEnding,
  { endedAt, isAdopted }: { readonly endedAt: number; readonly isAdopted: boolean },
): void {
  span?.end({
    endedAt,
    error: ending.outcome === "completed" ? null : ending.error ?? ending.outcome,
    attributes: {
      "queuectl.outcome": ending.outcome,
      "queuectl.run.adopted": isAdopted,
      ...ending.exitCode === null ? {} : { "process.exit.code": ending.exitCode },
    },
  });
}
