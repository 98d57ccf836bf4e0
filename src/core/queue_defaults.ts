import type { JobRules, NewJob } from "./job.ts";
import type { PayloadJob } from "./job_payload.ts";
import type { QueueDefaults } from "./queue.ts";

type Filled = Pick<NewJob, "priority" | "maxRetries" | "timeoutMs" | "killAfterMs" | "rules">;

/** What a job says, else its queue, else the settings; of what neither says a run's own time decides. */
export function filledIn(
  job: Pick<PayloadJob, keyof Filled>,
  queue: QueueDefaults | undefined,
  settings: Pick<NewJob, "maxRetries">,
): Filled {
  return {
    priority: job.priority ?? queue?.priority ?? 0,
    maxRetries: job.maxRetries ?? queue?.maxRetries ?? settings.maxRetries,
    timeoutMs: job.timeoutMs ?? queue?.timeoutMs ?? null,
    killAfterMs: job.killAfterMs ?? queue?.killAfterMs ?? null,
    rules: queue?.rules === undefined ? job.rules : rulesOf(job.rules, queue.rules),
  };
}

function rulesOf(
  own: JobRules | null,
  { waits, backoffBase, ...others }: NonNullable<QueueDefaults["rules"]>,
) {
  // A base belongs to its shape: that of the queue means nothing for a job that names another one.
  const shape = own?.waits === undefined
    ? { ...(waits === undefined ? {} : { waits }), ...(backoffBase === undefined ? {} : { backoffBase }) }
    : {};
  const rules: JobRules = { ...others, ...shape, ...own };
  return Object.keys(rules).length === 0 ? null : rules;
}
