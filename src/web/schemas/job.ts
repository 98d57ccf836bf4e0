/** Jobs and their runs as JSON. Every object is listed whole: a field that is not here is a mistake. */

import { z } from "zod";
import { outcomes } from "../../core/run.ts";
import { ruleFields } from "../../core/rules_payload.ts";
import { count, duration, exitCode, state, text, textOrNull, time, timeOrNull } from "./values.ts";

/** How far a run says that it is. */
export const progress = z.strictObject({ percent: z.int().min(0).max(100), text: textOrNull });
const rule = z.union([text, z.number(), z.array(z.int())]);
const rules = z.strictObject(Object.fromEntries(ruleFields.map((field) => [field, rule.optional()])));

export const job = z.strictObject({
  id: text,
  arrival: count.positive(),
  command: text,
  argv: z.array(text).nullable(),
  state,
  reason: textOrNull,
  attempts: count,
  max_retries: count,
  rules: rules.nullable(),
  snoozes: count,
  priority: z.int(),
  queue: text,
  cwd: textOrNull,
  env: z.record(text, text),
  stdin_bytes: count.nullable(),
  label: textOrNull,
  meta: z.record(text, text),
  needs: z.array(text),
  key: textOrNull,
  slots: count.positive(),
  resources: z.record(text, count.positive()),
  unique: textOrNull,
  open_parents: count,
  hook_of: textOrNull,
  webhook: textOrNull,
  timeout: duration.nullable(),
  kill_after: duration.nullable(),
  run_at: time,
  expires_at: timeOrNull,
  created_at: time,
  updated_at: time,
  started_at: timeOrNull,
  finished_at: timeOrNull,
  exit_code: exitCode,
  last_error: textOrNull,
  progress: progress.nullable(),
  runs: count,
});

const run = z.strictObject({
  number: count.positive(),
  worker: text,
  host: text,
  adopted: z.boolean(),
  adopted_by: textOrNull,
  pid: count.nullable(),
  started_at: time,
  finished_at: timeOrNull,
  duration_ms: count.nullable(),
  outcome: z.enum(outcomes).nullable(),
  exit_code: exitCode,
  signal: textOrNull,
  error: textOrNull,
  progress: progress.nullable(),
  stdout_bytes: count,
  stderr_bytes: count,
  stdout_tail: text,
  stderr_tail: text,
});

const by = z.enum(["after", "after_any", "after_fail"]);

/** A job with all of its runs, oldest first, and the jobs that it waits for. */
export const shownJob = z.strictObject({
  ...job.shape,
  runs: z.array(run),
  waits_for: z.array(z.strictObject({ id: text, state, by })),
});

/** A job with all that it waits for, directly or by way of others, and all that waits for it. */
export const graph = z.strictObject({
  id: text,
  nodes: z.array(z.strictObject({ id: text, arrival: count.positive(), state })),
  edges: z.array(z.strictObject({ from: text, to: text, by, state: z.enum(["open", "met", "broken"]) })),
  complete: z.boolean(),
});

/** A job that was accepted. */
export const accepted = z.strictObject({
  id: text,
  state,
  run_at: time,
  expires_at: timeOrNull,
  /** What became of the job that had its unique key, or of it. */
  conflict: z.enum(["kept", "replaced", "debounced"]).nullable(),
});

/** Jobs that were changed, with the states in which they were found. */
export const changed = z.array(z.strictObject({ id: text, was: state }));

/** What became of all that a filter meant. */
export const cancelledMany = z.strictObject({ cancelled: count, ending: count });

/** A signal that is on its way. */
export const signalled = z.strictObject({ id: text, was: z.literal("processing"), signal: text });
