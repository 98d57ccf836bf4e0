/** What can be changed of a job that waits; the same rules check it as when a job is enqueued. */

import { postsWebhook } from "./errors.ts";
import type { Job, NewJob } from "./job.ts";
import { type PayloadContext, type PayloadField, readPayload } from "./job_payload.ts";
import { instantOf } from "./moment.ts";
import { isDelivery } from "./webhook_delivery.ts";

/** What is not in it stays as it is. */
export type JobChanges = Partial<
  Pick<NewJob, "command" | "argv" | "priority" | "maxRetries" | "timeoutMs" | "killAfterMs" | "due" | "queue">
>;

const changedBy = {
  command: ["command", "argv"],
  argv: ["command", "argv"],
  priority: ["priority"],
  run_at: ["due"],
  delay: ["due"],
  max_retries: ["maxRetries"],
  timeout: ["timeoutMs"],
  kill_after: ["killAfterMs"],
  queue: ["queue"],
} as const satisfies Partial<Record<PayloadField, readonly (keyof JobChanges)[]>>;
export type EditableField = keyof typeof changedBy;
export const editableFields = Object.keys(changedBy) as readonly EditableField[];

/** Checks the fields that are given. Throws a usage error that says what is wrong and what would be right. */
export function readChanges(
  fields: Readonly<Partial<Record<EditableField, unknown>>>,
  context: Pick<PayloadContext, "subject" | "readWords">,
): JobChanges {
  const given = editableFields.filter((field) => fields[field] !== undefined);
  const hasCommand = given.includes("command") || given.includes("argv");
  // A job that is checked must have one, whether it is changed or not.
  const checked = readPayload(hasCommand ? fields : { ...fields, command: ":" }, {
    ...context,
    action: "edit",
    callerCwd: "/",
    resolvePath: (path) => path,
    variable: () => undefined,
  });
  return Object.fromEntries(given.flatMap((field) => changedBy[field].map((name) => [name, checked[name]])));
}

/** What can be changed of a job that posts a webhook: its command is ours, and has the URL's password at hand. */
const changedOfDelivery: readonly string[] = ["due", "priority", "maxRetries"] satisfies (keyof JobChanges)[];

/** A waiting job as it is after a change at `now`. Throws where that would have what posts a webhook do something else. */
export function changedJob(job: Job, changes: JobChanges, now: number): Job {
  if (isDelivery(job) && Object.keys(changes).some((name) => !changedOfDelivery.includes(name))) {
    throw postsWebhook(job.id);
  }
  const { due, ...others } = changes;
  return {
    ...job,
    ...others,
    runAt: due === undefined ? job.runAt : instantOf(due, now),
    updatedAt: now,
  };
}
