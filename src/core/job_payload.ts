/** A job as JSON: what each field may hold. The same rules check the flags of `enqueue`. */

import { readLabel, readMeta } from "./description_payload.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { QueueError } from "./errors.ts";
import { dependencyFields, readDependencies } from "./dependency_payload.ts";
import { readEnv } from "./env_payload.ts";
import { readInputText } from "./input_payload.ts";
import { kindOf, showValue } from "./found_value.ts";
import { quoteWords } from "./job.ts";
import type { NewJob } from "./job.ts";
import { isJobId } from "./job_id.ts";
import type { GivenInput } from "./job_input.ts";
import { killAfterRange, maxRetriesRange, timeoutRange } from "./limits.ts";
import { queueFields, readQueueFields } from "./queue_payload.ts";
import { isRuleField, readRules, type Refusal, ruleFields } from "./rules_payload.ts";
import { didYouMean } from "./suggest.ts";
import { isTag, mostTags, tagRule } from "./tags.ts";
import type { TimeContext, WordsReader } from "./time_text.ts";
import { readTimes, timeFields } from "./times_payload.ts";
import { checkText } from "./text_payload.ts";
import { readUnique, uniqueFields } from "./unique_payload.ts";
import { readWebhook } from "./webhook_url.ts";

/** The longest command, in bytes of UTF-8. The kernel allows one argument 128 KiB. */
export const longestCommandBytes = 100 * 1024;
export const priorityRange = { from: -1000, to: 1000 } as const;

export interface PayloadContext {
  /** Completes "Cannot enqueue …": "this job", "line 17". */
  readonly subject: string;
  /** What cannot be done where it is something else than to enqueue it. */
  readonly action?: "edit" | "set";
  /** A path as the caller means it, absolute. */
  readonly resolvePath: (path: string) => string;
  readonly callerCwd: string;
  /** Null where `hasTimeInWords` says of no payload that it needs it. */
  readonly readWords: WordsReader | null;
  /** A variable of the caller's environment. */
  readonly variable: (name: string) => string | undefined;
}

/** A checked request. What is null was not given, and is for its queue or the settings to say. */
export type PayloadJob =
  & Omit<NewJob, "id" | "priority" | "priorityStepMs" | "maxRetries" | "input">
  & {
    readonly id: string | null;
    readonly priority: number | null;
    readonly priorityStepMs: null;
    readonly maxRetries: number | null;
    readonly input: GivenInput | null;
  };

export const payloadFields = [
  "id",
  "command",
  "argv",
  "max_retries",
  "priority",
  ...timeFields,
  "cwd",
  "env",
  "env_from",
  "stdin",
  "label",
  "meta",
  "needs",
  ...queueFields,
  ...dependencyFields,
  ...uniqueFields,
  "webhook",
  "timeout",
  "kill_after",
  ...ruleFields,
] as const;
export type PayloadField = (typeof payloadFields)[number];

const fieldNames: ReadonlySet<string> = new Set(payloadFields);

/** Checks a parsed JSON value. Throws a usage error that says what is wrong and what would be right. */
export function readPayload(value: unknown, context: PayloadContext): PayloadJob {
  const fields = asObject(value, context);
  const refuse = refusalOf(context);
  let hasRules = false;
  for (const name of Object.keys(fields)) {
    const isRule = isRuleField(name);
    hasRules ||= isRule;
    if (isRule || fieldNames.has(name)) continue;
    const meant = didYouMean(name, payloadFields, { otherNames });
    throw refuse(`it has an unknown field "${name}"`, meant ?? fieldsHint);
  }
  const { command, argv } = readCommand(fields, context);
  const timeContext: TimeContext = { refuse, readWords: context.readWords };
  const { queue, key, slots, resources } = readQueueFields(fields, refuse);
  const { due, expires } = readTimes(fields, timeContext);
  // Field by field, also those that are filled in later: objects that are spread into it take three times as long, and
  // one that grows takes more room. A million jobs feel it.
  return {
    id: readId(fields.id, context),
    queue,
    key,
    slots,
    resources,
    priority: fields.priority === undefined
      ? null
      : readInteger("priority", fields.priority, priorityRange, context),
    priorityStepMs: null,
    command,
    argv,
    cwd: readCwd(fields.cwd, context),
    env: readEnv(fields, { variable: context.variable, refuse }),
    input: readInputText(fields.stdin, refuse),
    needs: readNeeds(fields.needs, context),
    after: readDependencies(fields, refuse),
    unique: readUnique(fields, refuse),
    webhook: readWebhook(fields.webhook, refuse),
    maxRetries: fields.max_retries === undefined
      ? null
      : readInteger("max_retries", fields.max_retries, maxRetriesRange, context),
    timeoutMs: readLength("timeout", fields.timeout, timeoutRange, context),
    killAfterMs: readLength("kill_after", fields.kill_after, killAfterRange, context),
    rules: hasRules ? readRules(fields, timeContext) : null,
    label: readLabel(fields.label, refuse),
    meta: readMeta(fields.meta, refuse),
    due,
    expires,
    hookOf: null,
    traceparent: null,
  };
}

/** What other queues call the same. */
const otherNames: ReadonlyMap<string, PayloadField> = new Map(Object.entries<PayloadField>({
  cmd: "command",
  args: "argv",
  retries: "max_retries",
  attempts: "max_retries",
  directory: "cwd",
  environment: "env",
  input: "stdin",
  title: "label",
  metadata: "meta",
  tags: "needs",
  requires: "needs",
  at: "run_at",
  expires_at: "expires",
  ttl: "expires",
  depends_on: "after",
  concurrency_key: "key",
  unique_key: "unique",
  webhook_url: "webhook",
  callback: "webhook",
  success_codes: "ok_codes",
  fatal_codes: "dead_codes",
  until: "retry_until",
}));

const fieldsHint = `Fields are: ${payloadFields.join(", ")}`;

function asObject(value: unknown, context: PayloadContext): Partial<Record<PayloadField, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  const found = Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`;
  const hint = Array.isArray(value)
    ? "Several jobs go one JSON object a line: queuectl enqueue --file jobs.jsonl"
    : `Such as: {"command":"echo hello"}`;
  throw refuse(context, `it must be a JSON object, not ${found}`, hint);
}

function readCommand(
  fields: Partial<Record<PayloadField, unknown>>,
  context: PayloadContext,
): { command: string; argv: readonly string[] | null } {
  if (fields.argv !== undefined) return readArgv(fields.argv, fields.command, context);
  const { command } = fields;
  const hint = `Such as: {"command":"echo hello"}`;
  if (command === undefined) throw refuse(context, `it has no "command"`, hint);
  if (typeof command !== "string") {
    throw refuse(context, `"command" must be text, not ${kindOf(command)}`, hint);
  }
  if (command.trim() === "") throw refuse(context, `"command" is empty`, hint);
  checkText("command", command, refusalOf(context));
  checkCommandLength(command, context);
  return { command, argv: null };
}

function readArgv(argv: unknown, command: unknown, context: PayloadContext) {
  if (command !== undefined) throw refuse(context, `it has both "command" and "argv"`, "Give one of them");
  const isWords = Array.isArray(argv) && argv.length > 0 && argv.every((word) => typeof word === "string");
  if (!isWords) throw refuse(context, `"argv" must be a list of texts`, `Such as: {"argv":["echo","hello"]}`);
  const words: string[] = argv;
  if (words[0] === "" || words[0]!.startsWith("-")) {
    throw refuse(context, `"${words[0]}" cannot be the program of "argv"`, "The first word names a program");
  }
  for (const word of words) checkText("argv", word, refusalOf(context));
  const line = quoteWords(words);
  checkCommandLength(line, context);
  return { command: line, argv: words };
}

function checkCommandLength(command: string, context: PayloadContext): void {
  // No UTF-16 unit takes more than three bytes.
  if (3 * command.length <= longestCommandBytes) return;
  const bytes = new TextEncoder().encode(command).length;
  if (bytes <= longestCommandBytes) return;
  throw refuse(
    context,
    `its command is ${bytes} bytes long, more than ${longestCommandBytes}`,
    "Put it into a script, and enqueue that",
  );
}

function readId(id: unknown, context: PayloadContext): string | null {
  if (id === undefined) return null;
  if (typeof id === "string" && isJobId(id)) return id;
  const shown = typeof id === "string" ? `"${id.length > 40 ? id.slice(0, 40) + "…" : id}"` : kindOf(id);
  throw refuse(
    context,
    `${shown} cannot be its id`,
    "An id is 1 to 128 letters, digits and . _ : -, and begins with a letter or digit",
  );
}

function readInteger(
  field: PayloadField,
  value: unknown,
  range: { readonly from: number; readonly to: number },
  context: PayloadContext,
): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= range.from && value <= range.to) {
    return value + 0;
  }
  throw refuse(
    context,
    `"${field}" cannot be ${showValue(value)}`,
    `${field} is a whole number from ${range.from} to ${range.to}`,
  );
}

function readLength(
  field: PayloadField,
  value: unknown,
  range: { readonly fromMs: number; readonly toMs: number },
  context: PayloadContext,
): number | null {
  if (value === undefined || value === null) return null;
  const ms = typeof value === "string" ? parseDuration(value) : undefined;
  if (ms !== undefined && ms >= range.fromMs && ms <= range.toMs) return ms;
  throw refuse(
    context,
    `"${field}" cannot be ${showValue(value)}`,
    `It is a duration from ${formatDuration(range.fromMs)} to ${
      formatDuration(range.toMs)
    }, such as "10s" or "2h30m"`,
  );
}

function readCwd(cwd: unknown, context: PayloadContext): string {
  if (cwd === undefined) return context.callerCwd;
  if (typeof cwd !== "string" || cwd === "") {
    throw refuse(context, `"cwd" cannot be ${showValue(cwd)}`, "It names a folder");
  }
  checkText("cwd", cwd, refusalOf(context));
  return context.resolvePath(cwd);
}

function readNeeds(needs: unknown, context: PayloadContext): readonly string[] {
  if (needs === undefined) return [];
  const hint = `Such as ["gpu","linux"]; ${tagRule}`;
  if (!Array.isArray(needs)) {
    throw refuse(context, `"needs" must be a list of tags, not ${kindOf(needs)}`, hint);
  }
  const tags: unknown[] = needs;
  const wrong = tags.find((tag) => typeof tag !== "string" || !isTag(tag));
  if (wrong !== undefined) throw refuse(context, `${showValue(wrong)} in "needs" is not a tag`, hint);
  const each = new Set(tags as string[]);
  if (each.size > mostTags) {
    throw refuse(context, `it needs ${each.size} tags`, `A job may need ${mostTags} tags at most`);
  }
  return [...each].toSorted();
}

function refusalOf(context: PayloadContext): Refusal {
  return (found, hint) => refuse(context, found, hint);
}

function refuse(context: PayloadContext, found: string, hint: string): QueueError {
  return new QueueError("usage", `Cannot ${context.action ?? "enqueue"} ${context.subject}: ${found}`, {
    hint,
  });
}
