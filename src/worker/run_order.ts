import type { RunOrder } from "../core/ports.ts";
import type { Claimed } from "../store/store.ts";

/** What is to be run for a claimed job. */
export function runOrder(
  { job, run, mark }: Claimed,
  at: Pick<RunOrder, "base" | "cwd" | "stdin" | "shell">,
): RunOrder {
  return {
    ...at,
    command: job.command,
    argv: job.argv,
    env: job.env,
    variables: {
      QUEUECTL_JOB_ID: job.id,
      QUEUECTL_ATTEMPT: String(run.number),
      QUEUECTL_QUEUE: job.queue,
      QUEUECTL_RUN: mark,
    },
  };
}
