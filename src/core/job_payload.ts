/** A job as JSON: what each field may hold. The same rules check the flags of `enqueue`. */

import { formatDuration, parseDuration } from "./duration.ts";
import { QueueError } from "./errors.ts";
import { kindOf, showValue } from "./found_value.ts";
import { quoteWords } from "./job.ts";
import type { NewJob } from "./job.ts";
import { isJobId } from "./job_id.ts";
import { killAfterRange, maxRetriesRange, timeoutRange } from "./limits.ts";
import { isRuleField, readRules, ruleFields } from "./rules_payload.ts";
import { didYouMean } from "./suggest.ts";
import { isTag, mostTags, tagRule } from "./tags.ts";
import type { TimeContext, WordsReader } from "./time_text.ts";
import { readTimes, timeFields } from "./times_payload.ts";

/** The longest command, in bytes of UTF-8. The kernel allows one argument 128 KiB. */
export const longestCommandBytes = 100 * 1024;
export const priorityRange = { from: -1000, to: 1000 } as const;

export interface PayloadContext {
  /** Completes "Cannot enqueue …": "this job", "line 17". */
  readonly subject: string;
  /** What cannot be done where it is something else than to enqueue it. */
  readonly action?: "edit";
  readonly defaultMaxRetries: number;
  /** A path as the caller means it, absolute. */
  readonly resolvePath: (path: string) => string;
  readonly callerCwd: string;
  /** Null where `hasTimeInWords` says of no payload that it needs it. */
  readonly readWords: WordsReader | null;
}

/** A checked request without an id of its own yet, where none was given. */
export type PayloadJob = Omit<NewJob, "id"> & { readonly id: string | null };

export const payloadFields = [
  "id",
  "command",
  "argv",
  "max_retries",
  "priority",
  ...timeFields,
  "cwd",
  "env",
  "needs",
  "timeout",
  "kill_after",
  ...ruleFields,
] as const;
export type PayloadField = (typeof payloadFields)[number];

/** Checks a parsed JSON value. Throws a usage error that says what is wrong and what would be right. */
export function readPayload(value: unknown, context: PayloadContext): PayloadJob {
  const fields = asObject(value, context);
  let hasRules = false;
  for (const name of Object.keys(fields)) {
    const isRule = isRuleField(name);
    hasRules ||= isRule;
    if (isRule || payloadFields.some((known) => known === name)) continue;
    const meant = didYouMean(name, payloadFields, { otherNames });
    throw refuse(context, `it has an unknown field "${name}"`, meant ?? fieldsHint);
  }
  const { command, argv } = readCommand(fields, context);
  const timeContext = timeContextOf(context);
  return {
    id: readId(fields.id, context),
    queue: "default",
    key: null,
    priority: fields.priority === undefined
      ? 0
      : readInteger("priority", fields.priority, priorityRange, context),
    command,
    argv,
    cwd: readCwd(fields.cwd, context),
    env: readEnv(fields.env, context),
    needs: readNeeds(fields.needs, context),
    maxRetries: fields.max_retries === undefined
      ? context.defaultMaxRetries
      : readInteger("max_retries", fields.max_retries, maxRetriesRange, context),
    timeoutMs: readLength("timeout", fields.timeout, timeoutRange, context),
    killAfterMs: readLength("kill_after", fields.kill_after, killAfterRange, context),
    rules: hasRules ? readRules(fields, timeContext) : null,
    label: null,
    meta: {},
    ...readTimes(fields, timeContext),
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
  tags: "needs",
  requires: "needs",
  at: "run_at",
  expires_at: "expires",
  ttl: "expires",
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
  checkText("command", command, context);
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
  for (const word of words) checkText("argv", word, context);
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

function checkText(field: string, text: string, context: PayloadContext): void {
  if (text.includes("\0")) {
    throw refuse(context, `"${field}" holds a NUL character`, "No program can be given one: leave it out");
  }
  if (!text.isWellFormed()) {
    throw refuse(
      context,
      `"${field}" holds half a character (a lone surrogate)`,
      "Escape the whole character, or write it as UTF-8",
    );
  }
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

function timeContextOf(context: PayloadContext): TimeContext {
  return { refuse: (found, hint) => refuse(context, found, hint), readWords: context.readWords };
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
  checkText("cwd", cwd, context);
  return context.resolvePath(cwd);
}

function readEnv(env: unknown, context: PayloadContext): Record<string, string> {
  if (env === undefined) return {};
  if (typeof env !== "object" || env === null || Array.isArray(env)) {
    throw refuse(context, `"env" must be an object, not ${kindOf(env)}`, `Such as: {"env":{"NAME":"value"}}`);
  }
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw refuse(
        context,
        `"${name}" cannot name a variable in "env"`,
        "A name is letters, digits and _, and begins with no digit",
      );
    }
    if (name.toUpperCase().startsWith("QUEUECTL_")) {
      throw refuse(
        context,
        `"env" sets ${name}`,
        "Names that begin with QUEUECTL_ are set by queuectl itself",
      );
    }
    if (typeof value !== "string") {
      throw refuse(
        context,
        `"${name}" in "env" must be text, not ${kindOf(value)}`,
        `Quote it: "${name}":"${value}"`,
      );
    }
    checkText(`env.${name}`, value, context);
  }
  return { ...env } as Record<string, string>;
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

function refuse(context: PayloadContext, found: string, hint: string): QueueError {
  return new QueueError("usage", `Cannot ${context.action ?? "enqueue"} ${context.subject}: ${found}`, {
    hint,
  });
}
