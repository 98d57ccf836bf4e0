import type { Machine, RunOrder } from "../core/ports.ts";
import type { Claimed } from "../store/store.ts";

/** What is to be run for a claimed job. Its folder must exist. */
export function runOrder(
  machine: Machine,
  { job, run, mark }: Claimed,
  at: Pick<RunOrder, "folder" | "cwd" | "shell">,
): RunOrder {
  return {
    ...at,
    command: job.command,
    argv: job.argv,
    env: {
      ...machine.jobEnvironment(),
      ...job.env,
      QUEUECTL_HOME: machine.home,
      QUEUECTL_JOB_ID: job.id,
      QUEUECTL_ATTEMPT: String(run.number),
      QUEUECTL_QUEUE: job.queue,
      QUEUECTL_RUN: mark,
    },
  };
}
