import type { RunOrder } from "../core/ports.ts";
import { traceVariable } from "../core/trace_context.ts";
import type { Claimed } from "../store/store.ts";

/** What is to be run for a claimed job. */
export function runOrder(
  { job, run, mark }: Claimed,
  at: Pick<RunOrder, "base" | "cwd" | "stdin" | "shell"> & { readonly traceparent: string | null },
): RunOrder {
  const { traceparent, ...place } = at;
  return {
    ...place,
    command: job.command,
    argv: job.argv,
    // What it was given by itself is its own.
    env: traceparent === null ? job.env : { [traceVariable]: traceparent, ...job.env },
    variables: {
      QUEUECTL_JOB_ID: job.id,
      QUEUECTL_ATTEMPT: String(run.number),
      QUEUECTL_QUEUE: job.queue,
      QUEUECTL_RUN: mark,
    },
  };
}
