import type { RunOrder, SelfLauncher } from "../core/ports.ts";
import { traceVariable } from "../core/trace_context.ts";
import { deliveryWords, isDelivery } from "../core/webhook_delivery.ts";
import type { Claimed } from "../store/store.ts";

interface RunPlace extends Pick<RunOrder, "base" | "cwd" | "stdin" | "shell"> {
  readonly traceparent: string | null;
  readonly self: Pick<SelfLauncher, "words">;
}

/** What is to be run for a claimed job. */
export function runOrder({ job, run, mark }: Claimed, { traceparent, self, ...place }: RunPlace): RunOrder {
  return {
    ...place,
    command: job.command,
    argv: isDelivery(job) ? ownWords(job.argv, self.words) : job.argv,
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

/** On each host the program is somewhere else. */
function ownWords(argv: readonly string[] | null, self: readonly string[]): readonly string[] | null {
  return argv?.[0] === deliveryWords[0] ? [...self, ...argv.slice(1)] : argv;
}
