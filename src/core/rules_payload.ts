/** The fields of a job's JSON that say how its runs may end and when it is tried again. */

import { type BackoffRule, backoffShapes } from "./backoff.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { kindOf, showValue } from "./found_value.ts";
import type { JobRules } from "./job.ts";
import { okCodesOf } from "./job_rules.ts";
import { largestBackoffBase, longestMs } from "./limits.ts";
import { didYouMean } from "./suggest.ts";
import { readTime, type TimeContext } from "./time_text.ts";

export const ruleFields = [
  "ok_codes",
  "dead_codes",
  "snooze_codes",
  "snooze",
  "max_snoozes",
  "backoff",
  "backoff_base",
  "backoff_max",
  "backoff_jitter",
  "retry_until",
] as const;
export type RuleField = (typeof ruleFields)[number];

const fieldNames: ReadonlySet<string> = new Set(ruleFields);

export function isRuleField(name: string): name is RuleField {
  return fieldNames.has(name);
}

type Fields = Readonly<Partial<Record<RuleField, unknown>>>;

export type Refusal = TimeContext["refuse"];

export const maxSnoozesRange = { from: 0, to: 1_000_000 } as const;
/** The most waits in a list. */
export const mostWaits = 100;

/** What a job's rules may hold, by field: for help and for errors. */
export const ruleHelp: Readonly<Record<RuleField, string>> = {
  ok_codes: "the whole set of exit codes that count as success: 0,3 (in JSON [0,3]); only 0 when absent",
  dead_codes: "exit codes that mean it will never succeed: dead at once, whatever attempts are left",
  snooze_codes: "exit codes that mean not now: it comes back later, no attempt is charged",
  snooze: `how long it stays away then: "10m" (1m)`,
  max_snoozes: "how many times in all; then its snooze_codes mean failure (100)",
  backoff:
    `how the wait grows from one attempt to the next: exponential, linear, fixed, or a list of waits of ` +
    `which the last one repeats: "1s,10s,5m"`,
  backoff_base:
    `exponential: the wait is this number to the power of the attempts, in seconds; linear: this times ` +
    `the attempts; fixed: this. Seconds, or for linear and fixed a duration (setting backoff_base)`,
  backoff_max: `the longest wait between two attempts, or "none" (setting backoff_max)`,
  backoff_jitter: "how far a wait may stray at random, as a share of it, 0 to 1 (setting backoff_jitter)",
  retry_until:
    `no attempt but the first one begins after this time: "2026-12-31T23:00:00Z", "tomorrow 9:00"; then it is dead`,
};

/** Checks the fields that are there; null where there is none. Throws what `refuse` makes. */
export function readRules(fields: Fields, context: TimeContext): JobRules | null {
  const { refuse } = context;
  const rules: Record<string, unknown> = {};
  const take = (name: keyof JobRules, value: unknown): void => {
    if (value !== undefined) rules[name] = value;
  };
  take("okCodes", readCodes("ok_codes", fields, refuse));
  take("deadCodes", readCodes("dead_codes", fields, refuse));
  take("snoozeCodes", readCodes("snooze_codes", fields, refuse));
  take("snoozeMs", readWait("snooze", fields, refuse));
  take("maxSnoozes", readNumber("max_snoozes", fields, { ...maxSnoozesRange, isWhole: true }, refuse));
  take("waits", readWaits(fields, refuse));
  take("backoffBase", readBase(fields, refuse));
  take("backoffMaxMs", fields.backoff_max === "none" ? null : readWait("backoff_max", fields, refuse));
  take("backoffJitter", readNumber("backoff_jitter", fields, { from: 0, to: 1, isWhole: false }, refuse));
  if (fields.retry_until !== undefined) {
    take("retryUntil", readTime("retry_until", fields.retry_until, context));
  }
  checkTogether(rules, fields, refuse);
  return Object.keys(rules).length === 0 ? null : rules;
}

function checkTogether(rules: JobRules, fields: Fields, refuse: Refusal): void {
  const sets = [
    [fields.ok_codes === undefined ? "ok_codes (0 where it is not given)" : "ok_codes", okCodesOf(rules)],
    ["dead_codes", rules.deadCodes ?? []],
    ["snooze_codes", rules.snoozeCodes ?? []],
  ] as const;
  for (const [index, [name, codes]] of sets.entries()) {
    for (const [other, others] of sets.slice(index + 1)) {
      const both = codes.find((code) => others.includes(code));
      if (both === undefined) continue;
      throw refuse(`exit code ${both} is in both ${name} and ${other}`, "A code can mean one thing only");
    }
  }
  for (const field of ["snooze", "max_snoozes"] as const) {
    if (fields[field] === undefined || fields.snooze_codes !== undefined) continue;
    throw refuse(`it has "${field}" without "snooze_codes"`, "Say which exit codes mean it, such as 75");
  }
  if (typeof rules.waits === "object" && fields.backoff_base !== undefined) {
    throw refuse(`it has "backoff_base" beside a list of waits`, "A list says all: leave the base out");
  }
}

function readCodes(field: RuleField, fields: Fields, refuse: Refusal): readonly number[] | undefined {
  const value = fields[field];
  if (value === undefined) return undefined;
  const hint = `${field} is a list of exit codes, each a whole number from 0 to 255, such as 0,3`;
  if (!Array.isArray(value)) {
    throw refuse(`"${field}" must be a list of exit codes, not ${kindOf(value)}`, hint);
  }
  const codes: unknown[] = value;
  if (codes.length === 0) throw refuse(`"${field}" is empty`, `${hint}; leave it out for none of its own`);
  for (const code of codes) {
    if (!isWithin(code, { from: 0, to: 255 }) || !Number.isInteger(code)) {
      throw refuse(`${showValue(code)} in "${field}" is not an exit code`, hint);
    }
  }
  return [...new Set(codes as number[])].toSorted((one, other) => one - other);
}

function readWait(field: RuleField, fields: Fields, refuse: Refusal): number | undefined {
  const value = fields[field];
  if (value === undefined) return undefined;
  const ms = durationOf(value);
  if (ms !== undefined) return ms;
  throw refuse(
    `"${field}" cannot be ${showValue(value)}`,
    `${field} is a duration up to ${formatDuration(longestMs)}, such as "60s" or "2h30m"`,
  );
}

function durationOf(value: unknown): number | undefined {
  const ms = typeof value === "string" ? parseDuration(value) : undefined;
  return ms !== undefined && ms <= longestMs ? ms : undefined;
}

function readNumber(
  field: RuleField,
  fields: Fields,
  range: { readonly from: number; readonly to: number; readonly isWhole: boolean },
  refuse: Refusal,
): number | undefined {
  const value = fields[field];
  if (value === undefined) return undefined;
  if (isWithin(value, range) && (!range.isWhole || Number.isInteger(value))) return value + 0;
  const kind = range.isWhole ? "a whole number" : "a number";
  throw refuse(
    `"${field}" cannot be ${showValue(value)}`,
    `${field} is ${kind} from ${range.from} to ${range.to}`,
  );
}

function isWithin(
  value: unknown,
  { from, to }: { readonly from: number; readonly to: number },
): value is number {
  return typeof value === "number" && value >= from && value <= to;
}

function readWaits({ backoff }: Fields, refuse: Refusal): BackoffRule["waits"] | undefined {
  if (backoff === undefined) return undefined;
  const shape = backoffShapes.find((known) => known === backoff);
  if (shape !== undefined) return shape;
  const hint = `backoff is ${backoffShapes.join(", ")}, or a list of waits such as "1s,10s,5m"`;
  const list: unknown[] = Array.isArray(backoff)
    ? backoff
    : typeof backoff === "string"
    ? backoff.split(",")
    : [];
  if (list.length === 0) throw refuse(`"backoff" cannot be ${showValue(backoff)}`, hint);
  if (list.length > mostWaits) {
    throw refuse(
      `"backoff" lists ${list.length} waits`,
      `A list may have ${mostWaits} of them, the last one repeats`,
    );
  }
  return list.map((wait) => {
    const ms = durationOf(wait);
    if (ms !== undefined) return ms;
    const meant = typeof wait === "string" ? didYouMean(wait, backoffShapes) : undefined;
    throw refuse(`${showValue(wait)} in "backoff" is neither a duration nor a shape`, meant ?? hint);
  });
}

/** In seconds. */
function readBase(fields: Fields, refuse: Refusal): number | undefined {
  const { backoff, backoff_base: base } = fields;
  if (base === undefined) return undefined;
  if (isWithin(base, { from: 0, to: largestBackoffBase })) return base + 0;
  const isSteady = backoff === "linear" || backoff === "fixed";
  const ms = isSteady ? durationOf(base) : undefined;
  if (ms !== undefined) return ms / 1000;
  throw refuse(
    `"backoff_base" cannot be ${showValue(base)}`,
    `backoff_base is a number from 0 to ${largestBackoffBase}` +
      (isSteady ? `, in seconds, or a duration such as "30s"` : "; a duration only for linear and fixed"),
  );
}
