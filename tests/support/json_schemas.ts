/** What `--json` prints, command by command. Every object is listed whole: a field that is not here is a mistake. */

import { z } from "zod";
import { checks, findingStatuses } from "../../src/core/finding.ts";
import { jobStates } from "../../src/core/job.ts";
import { settingNames } from "../../src/core/settings.ts";
import {
  accepted,
  cancelledMany,
  changed,
  graph,
  job,
  progress,
  shownJob,
  signalled,
} from "../../src/web/schemas/job.ts";
import { deadGroup, purgedDead, retriedDead } from "../../src/web/schemas/dead_letter.ts";
import { explanation } from "../../src/web/schemas/explanation.ts";
import { queue } from "../../src/web/schemas/queue.ts";
import { statistics } from "../../src/web/schemas/statistics.ts";
import { status } from "../../src/web/schemas/status.ts";
import { count, exitCode, state, text, textOrNull } from "../../src/web/schemas/values.ts";
import { startedWorker, worker } from "../../src/web/schemas/worker.ts";

const output = z.strictObject({
  id: text,
  run: count.positive().nullable(),
  stdout: textOrNull,
  stderr: textOrNull,
});
const ended = z.array(z.strictObject({
  id: text,
  state,
  exit_code: exitCode,
  signal: textOrNull,
  reason: textOrNull,
  code: exitCode,
}));

const stopped = z.strictObject({
  mode: z.enum(["drain", "detach", "force"]),
  told: count,
  already: count,
  finishing: count,
  gone: count,
  spared: count,
  left: count.nullable(),
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
  "stats": statistics("queue"),
  "stats --by command": statistics("command"),
  "list": z.array(job),
  "dlq list": z.array(job),
  "show": shownJob,
  "graph": graph,
  "edit": job,
  "progress": progress,
  "explain": explanation,
  "logs": output,
  "logs --all": z.array(output),
  "cancel": changed,
  "cancel FILTER": cancelledMany,
  "cancel --signal": z.array(signalled),
  "retry": changed,
  "remove": changed,
  "dlq retry": changed,
  "dlq list --group": z.array(deadGroup),
  "dlq retry --all": retriedDead,
  "dlq purge": purgedDead,
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
  "webhook secret": z.strictObject({ secret: z.string().regex(/^whsec_/), older: count }),
  "webhook ping": z.strictObject({
    id: z.string().regex(/^wh_ping_/),
    url: text,
    signed: z.boolean(),
    status: z.int().nullable(),
    body: textOrNull,
    error: textOrNull,
  }),
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
