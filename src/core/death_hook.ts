/** The hook of dead jobs: the setting `on_dead` as a job of its own, for each death. */

import type { Job, NewJob } from "./job.ts";

export interface HookOptions {
  readonly id: string;
  /** A command line for the shell. */
  readonly command: string;
  readonly maxRetries: number;
  readonly priorityStepMs: number;
}

/** The variables by which a hook is told of the dead job, with what each holds. */
export const hookVariables = {
  QUEUECTL_DEAD_ID: "the id of the dead job",
  QUEUECTL_DEAD_QUEUE: "its queue",
  QUEUECTL_DEAD_COMMAND: "its command as one line",
  QUEUECTL_DEAD_LABEL: "its label, or nothing",
  QUEUECTL_DEAD_REASON: "why it is dead",
  QUEUECTL_DEAD_ERROR: "what its last run ended with, in words",
  QUEUECTL_DEAD_EXIT_CODE: "its last exit code, or nothing",
  QUEUECTL_DEAD_ATTEMPTS: "how many attempts it took",
} as const;

/** In the queue of the dead job, in its folder and with its priority; of its environment it gets nothing. */
export function deathHook(dead: Job, { id, command, maxRetries, priorityStepMs }: HookOptions): NewJob {
  const env: Record<keyof typeof hookVariables, string> = {
    QUEUECTL_DEAD_ID: dead.id,
    QUEUECTL_DEAD_QUEUE: dead.queue,
    QUEUECTL_DEAD_COMMAND: dead.command,
    QUEUECTL_DEAD_LABEL: dead.label ?? "",
    QUEUECTL_DEAD_REASON: dead.reason ?? "",
    QUEUECTL_DEAD_ERROR: dead.lastError ?? "",
    QUEUECTL_DEAD_EXIT_CODE: dead.exitCode === null ? "" : String(dead.exitCode),
    QUEUECTL_DEAD_ATTEMPTS: String(dead.attempts),
  };
  return {
    id,
    queue: dead.queue,
    key: null,
    priority: dead.priority,
    priorityStepMs,
    command,
    argv: null,
    cwd: dead.cwd,
    env,
    input: null,
    needs: [],
    slots: 1,
    resources: {},
    after: [],
    unique: null,
    hookOf: dead.id,
    webhook: null,
    maxRetries,
    timeoutMs: null,
    killAfterMs: null,
    rules: null,
    label: null,
    meta: {},
    due: { afterMs: 0 },
    expires: null,
  };
}
