/** What `--json` prints, command by command. Every object is listed whole: a field that is not here is a mistake. */

import { z } from "zod";
import { gates } from "../../src/core/explain_facts.ts";
import { checks, findingStatuses } from "../../src/core/finding.ts";
import { jobStates } from "../../src/core/job.ts";
import { outcomes } from "../../src/core/run.ts";
import { queueStates } from "../../src/core/queue.ts";
import { ruleFields } from "../../src/core/rules_payload.ts";
import { settingNames } from "../../src/core/settings.ts";

const count = z.int().nonnegative();
const time = z.iso.datetime({ precision: 3 });
const timeOrNull = time.nullable();
const duration = z.string().regex(/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/);
const state = z.enum(jobStates);
const exitCode = z.int().nonnegative().nullable();
const text = z.string();
const textOrNull = text.nullable();

const progress = z.strictObject({ percent: z.int().min(0).max(100), text: textOrNull });
const rule = z.union([text, z.number(), z.array(z.int())]);
const rules = z.strictObject(Object.fromEntries(ruleFields.map((field) => [field, rule.optional()])));

const job = z.strictObject({
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
const waitsFor = z.array(z.strictObject({ id: text, state, by }));
const graph = z.strictObject({
  id: text,
  nodes: z.array(z.strictObject({ id: text, arrival: count.positive(), state })),
  edges: z.array(z.strictObject({ from: text, to: text, by, state: z.enum(["open", "met", "broken"]) })),
  complete: z.boolean(),
});

const output = z.strictObject({
  id: text,
  run: count.positive().nullable(),
  stdout: textOrNull,
  stderr: textOrNull,
});
const accepted = z.strictObject({
  id: text,
  state,
  run_at: time,
  expires_at: timeOrNull,
  conflict: z.enum(["kept", "replaced", "debounced"]).nullable(),
});
const changed = z.array(z.strictObject({ id: text, was: state }));
const ended = z.array(z.strictObject({
  id: text,
  state,
  exit_code: exitCode,
  signal: textOrNull,
  reason: textOrNull,
  code: exitCode,
}));

const status = z.strictObject({
  pending: count,
  processing: count,
  completed: count,
  failed: count,
  dead: count,
  blocked: count,
  cancelled: count,
  delayed: count,
  total: count,
  workers: count,
  workers_busy: count,
  next_due_at: timeOrNull,
});

const lengths = z.strictObject({ p50: count.nullable(), p95: count.nullable(), p99: count.nullable() });
const statistics = z.strictObject({
  runs: count,
  completed: count,
  failed: count,
  other: count,
  failure_rate: z.number().min(0).max(1).nullable(),
  dead: count,
  retries: count,
  completed_per_hour: z.number().nonnegative(),
  wait_ms: lengths,
  run_ms: lengths,
  points: z.array(z.strictObject({ at: time, completed: count, failed: count })),
});
const stats = <Group extends "queue" | "command">(by: Group) =>
  z.strictObject({
    since: time,
    until: time,
    by: z.literal(by),
    total: statistics,
    rows: z.array(z.strictObject({ [by]: text, ...statistics.shape })),
  });

const startedWorker = z.strictObject({
  id: text,
  pid: count.positive(),
  host: text,
  concurrency: count.positive(),
  tags: z.array(text),
});
const worker = z.strictObject({
  ...startedWorker.shape,
  queues: z.array(text),
  resources: z.record(text, count.positive()),
  held: textOrNull,
  state: z.enum(["idle", "busy", "stopping", "silent", "gone"]),
  started_at: time,
  heartbeat_at: time,
  jobs: z.array(text),
  adopted: z.array(text),
  supervised: z.boolean(),
  version: text,
});
const stopped = z.strictObject({
  mode: z.enum(["drain", "detach", "force"]),
  told: count,
  already: count,
  finishing: count,
  gone: count,
  spared: count,
  left: count.nullable(),
});

const queue = z.strictObject({
  name: text,
  state: z.enum(queueStates),
  limit: count.positive().nullable(),
  key_limit: count.positive().nullable(),
  rate: textOrNull,
  throttled_until: timeOrNull,
  defaults: z.strictObject({
    priority: z.int().optional(),
    max_retries: count.optional(),
    timeout: text.optional(),
    kill_after: text.optional(),
    backoff: text.optional(),
    backoff_base: z.number().optional(),
    backoff_max: text.optional(),
    backoff_jitter: z.number().optional(),
  }),
  pending: count,
  processing: count,
  completed: count,
  failed: count,
  dead: count,
  blocked: count,
  cancelled: count,
  total: count,
});

const explained = z.strictObject({
  id: text,
  state,
  gate: z.enum(gates),
  until: timeOrNull,
  sentence: text,
  details: z.looseObject({
    try: textOrNull,
    then: z.array(z.strictObject({ gate: z.enum(gates), until: timeOrNull, sentence: text })),
  }),
});

const source = z.enum(["flag", "environment", "config.json", "default"]);
const setting = z.strictObject({ setting: z.enum(settingNames), value: text, source });
const valueAndSource = z.strictObject({ value: text, source });

const byState = z.strictObject(
  Object.fromEntries([...jobStates, "total"].map((name) => [name, count.optional()])),
);
const places = { from: text, to: text };
const moved = z.strictObject({
  ...places,
  dry_run: z.literal(false),
  jobs: byState,
  queues: z.record(text, byState),
  runs: count,
  outputs: count,
  inputs: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const version = z.strictObject({
  version: text,
  deno: text,
  sqlite: text,
  sqlite_driver: z.enum(["@db/sqlite", "node:sqlite"]),
  sqlite_driver_note: textOrNull,
  target: text,
  compiled: z.boolean(),
});

/** By the words of a call; several forms of one command have each their own. */
export const jsonSchemas = {
  "enqueue": accepted,
  "enqueue --file": z.array(accepted),
  "enqueue --wait": ended,
  "run": ended,
  "wait": ended,
  "status": status,
  "stats": stats("queue"),
  "stats --by command": stats("command"),
  "list": z.array(job),
  "dlq list": z.array(job),
  "show": z.strictObject({ ...job.shape, runs: z.array(run), waits_for: waitsFor }),
  "graph": graph,
  "edit": job,
  "progress": progress,
  "explain": explained,
  "logs": output,
  "logs --all": z.array(output),
  "cancel": changed,
  "cancel FILTER": z.strictObject({ cancelled: count, ending: count }),
  "cancel --signal": z.array(z.strictObject({ id: text, was: z.literal("processing"), signal: text })),
  "retry": changed,
  "remove": changed,
  "dlq retry": changed,
  "dlq list --group": z.array(z.strictObject({
    group: z.string().regex(/^[0-9a-f]{10}$/),
    exit_code: exitCode,
    error: text,
    count: count.positive(),
    newest_at: time,
    oldest_at: time,
    example: text,
  })),
  "dlq retry --all": z.strictObject({ retried: count, without_key: count }),
  "dlq purge": z.strictObject({ deleted: count }),
  "prune": z.strictObject({ dry_run: z.boolean(), jobs: count }),
  "worker start": z.array(startedWorker),
  "worker list": z.array(worker),
  "worker stop": stopped,
  "queue list": z.array(queue),
  "queue show": queue,
  "queue set": queue,
  "queue pause": z.array(queue),
  "queue resume": z.array(queue),
  "queue drain": z.array(queue),
  "queue throttle": queue,
  "queue rename": z.strictObject({ from: text, to: text, jobs: count }),
  "config show": z.strictObject(Object.fromEntries(settingNames.map((name) => [name, valueAndSource]))),
  "config get": setting,
  "config set": setting,
  "config unset": setting,
  "config path": z.strictObject({ path: text, home: text, found_by: text }),
  "doctor": z.strictObject({
    healthy: z.boolean(),
    mended: z.array(text),
    checks: z.array(
      z.strictObject({
        check: z.enum(checks),
        status: z.enum(findingStatuses),
        found: text,
        fix: textOrNull,
      }),
    ),
  }),
  "init": z.strictObject({ home: text, created: z.boolean() }),
  "migrate": moved,
  "migrate --dry-run": z.strictObject({
    ...places,
    dry_run: z.literal(true),
    jobs: byState,
    refused: textOrNull,
  }),
  "migrate --abort": z.strictObject({ ...places, copy_removed: z.boolean() }),
  "version": version,
} satisfies Readonly<Record<string, z.ZodType>>;

export type JsonForm = keyof typeof jsonSchemas;

/** Throws with the path of each field that is not as it should be. */
export function checkJson(form: JsonForm, value: unknown): void {
  const result = jsonSchemas[form].safeParse(value);
  if (!result.success) throw new Error(`${form} --json: ${z.prettifyError(result.error)}`);
}
