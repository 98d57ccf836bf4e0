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
  set("env", pairsOf(words, "env"));
  set("env_from", words.values.get("env-from"));
  set("label", valueOf(words, "label"));
  set("meta", pairsOf(words, "meta"));
  set("needs", words.values.get("needs")?.flatMap(splitTags));
  set("queue", valueOf(words, "queue"));
  set("key", valueOf(words, "key"));
  set("slots", numberOrText(valueOf(words, "slots")));
  set("resources", amountsOf(words));
  set("after", words.values.get("after")?.flatMap(splitTags));
  set("after_any", words.values.get("after-any")?.flatMap(splitTags));
  set("after_fail", words.values.get("after-fail")?.flatMap(splitTags));
  set("unique", valueOf(words, "unique"));
  set("unique_for", valueOf(words, "unique-for"));
  set("on_conflict", valueOf(words, "on-conflict"));
  return { ...fields, ...ruleFieldsOf(words) };
}

/** What is wrong with the amounts is for the field's own rules to say. */
function amountsOf(words: ParsedWords): Record<string, unknown> | undefined {
  const pairs = pairsOf(words, "resource");
  if (pairs === undefined) return undefined;
  return Object.fromEntries(Object.entries(pairs).map(([name, amount]) => [name, numberOrText(amount)]));
}

function pairsOf(words: ParsedWords, flag: "env" | "meta" | "resource"): Record<string, string> | undefined {
  const texts = words.values.get(flag);
  if (texts === undefined) return undefined;
  const pairs = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    if (equals < 1) throw usage(`--${flag} needs NAME=VALUE, not "${text}"`, words.command);
    const name = text.slice(0, equals);
    if (pairs.has(name)) throw usage(`--${flag} gives ${name} twice`, words.command);
    pairs.set(name, text.slice(equals + 1));
  }
  return Object.fromEntries(pairs);
}
