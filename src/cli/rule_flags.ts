/** The flags of a job's rules: which exit codes mean what, and when it is tried again. */

import { type RuleField, ruleFields, ruleHelp } from "../core/rules_payload.ts";
import type { Flag } from "./flag.ts";
import { numberOrText, type ParsedWords, valueOf } from "./words.ts";

const placeholders: Readonly<Record<RuleField, string>> = {
  ok_codes: "CODES",
  dead_codes: "CODES",
  snooze_codes: "CODES",
  snooze: "DURATION",
  max_snoozes: "N",
  backoff: "WAITS",
  backoff_base: "X",
  backoff_max: "DURATION",
  backoff_jitter: "X",
  retry_until: "TIME",
};

export const ruleFlags: readonly Flag[] = ruleFields.map((field) => ({
  name: flagOf(field),
  placeholder: placeholders[field],
  help: ruleHelp[field],
}));

/** The fields that the flags give; what is wrong with them is for the fields' own rules to say. */
export function ruleFieldsOf(words: ParsedWords): Partial<Record<RuleField, unknown>> {
  return Object.fromEntries(ruleFields.flatMap((field) => {
    const text = valueOf(words, flagOf(field));
    return text === undefined ? [] : [[field, fieldValue(field, text)]];
  }));
}

function fieldValue(field: RuleField, text: string): unknown {
  switch (placeholders[field]) {
    case "CODES":
      return text.trim() === "" ? [] : text.split(",").map((code) => numberOrText(code.trim()));
    case "N":
    case "X":
      return numberOrText(text);
    default:
      return text;
  }
}

function flagOf(field: RuleField): string {
  return field.replaceAll("_", "-");
}
