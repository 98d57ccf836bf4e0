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
  set("after", parentsOf(words, "after"));
  set("after_any", parentsOf(words, "after-any"));
  set("after_fail", parentsOf(words, "after-fail"));
  set("unique", valueOf(words, "unique"));
  set("unique_for", valueOf(words, "unique-for"));
  set("on_conflict", valueOf(words, "on-conflict"));
  set("webhook", valueOf(words, "webhook"));
  return { ...fields, ...ruleFieldsOf(words) };
}

/** An empty list is a variable that was not set: the job would run at once. */
function parentsOf(words: ParsedWords, flag: "after" | "after-any" | "after-fail"): string[] | undefined {
  const texts = words.values.get(flag);
  if (texts?.includes("")) throw usage(`--${flag} needs the ids of jobs, not ""`, words.command);
  return texts?.flatMap(splitTags);
}

/** What is wrong with the amounts is for the field's own rules to say. */
function amountsOf(words: ParsedWords): Record<string, unknown> | undefined {
  const pairs = pairsOf(words, "resource");
  if (pairs === undefined) return undefined;
  return Object.fromEntries(Object.entries(pairs).map(([name, amount]) => [name, numberOrText(amount)]));
}

function pairsOf(words: ParsedWords, flag: "env" | "meta" | "resource"): Record<string, string> | undefined {
  const given = words.values.get(flag);
  if (given === undefined) return undefined;
  // As a worker takes them; the others may have commas in their values.
  const texts = flag === "resource" ? given.flatMap((text) => text.split(",")) : given;
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
