/** The flags of `enqueue` as the fields of a job's JSON, so that one set of rules checks both. */

import type { PayloadField } from "../core/job_payload.ts";
import { splitTags } from "../core/tags.ts";
import { ruleFieldsOf } from "./rule_flags.ts";
import { numberOrText, type ParsedWords, usage, valueOf } from "./words.ts";

export function jobFields(words: ParsedWords): Partial<Record<PayloadField, unknown>> {
  const fields: Partial<Record<PayloadField, unknown>> = {};
  const set = (field: PayloadField, value: unknown): void => {
    if (value !== undefined) fields[field] = value;
  };
  set("id", valueOf(words, "id"));
  set("delay", valueOf(words, "delay"));
  set("run_at", valueOf(words, "run-at"));
  set("expires", valueOf(words, "expires"));
  set("priority", numberOrText(valueOf(words, "priority")));
  set("max_retries", numberOrText(valueOf(words, "max-retries")));
  set("timeout", valueOf(words, "timeout"));
  set("kill_after", valueOf(words, "kill-after"));
  set("cwd", valueOf(words, "cwd"));
  set("env", environment(words.values.get("env")));
  set("needs", words.values.get("needs")?.flatMap(splitTags));
  return { ...fields, ...ruleFieldsOf(words) };
}

function environment(pairs: readonly string[] | undefined): Record<string, string> | undefined {
  if (pairs === undefined) return undefined;
  return Object.fromEntries(pairs.map((pair) => {
    const equals = pair.indexOf("=");
    if (equals < 1) throw usage(`--env needs NAME=VALUE, not "${pair}"`, "enqueue");
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  }));
}
