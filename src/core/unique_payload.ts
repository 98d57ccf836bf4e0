/** The fields of a job's JSON that say which other jobs it must not stand beside. */

import { formatDuration, parseDuration } from "./duration.ts";
import { showValue } from "./found_value.ts";
import { conflictModes, type UniqueRule } from "./job.ts";
import { longestMs } from "./limits.ts";
import { isKey, keyRule } from "./queue.ts";
import type { Refusal } from "./rules_payload.ts";
import { didYouMean } from "./suggest.ts";

export const uniqueFields = ["unique", "unique_for", "on_conflict"] as const;
type Fields = Readonly<Partial<Record<(typeof uniqueFields)[number], unknown>>>;

export function readUnique(fields: Fields, refuse: Refusal): UniqueRule | null {
  const { unique: key, unique_for: length, on_conflict: mode } = fields;
  if (key === undefined || key === null) {
    const alone = uniqueFields.find((field) => field !== "unique" && fields[field] !== undefined);
    if (alone === undefined) return null;
    throw refuse(`it has "${alone}" without "unique"`, "Say which key is to be unique");
  }
  if (typeof key !== "string" || !isKey(key)) throw refuse(`"unique" cannot be ${showValue(key)}`, keyRule);
  return { key, forMs: readLength(length, refuse), onConflict: readMode(mode, refuse) };
}

function readLength(length: unknown, refuse: Refusal): number | null {
  if (length === undefined || length === null) return null;
  const ms = typeof length === "string" ? parseDuration(length) : undefined;
  if (ms !== undefined && ms >= 1 && ms <= longestMs) return ms;
  throw refuse(
    `"unique_for" cannot be ${showValue(length)}`,
    `unique_for is a duration up to ${formatDuration(longestMs)}, such as "10m"`,
  );
}

function readMode(mode: unknown, refuse: Refusal): UniqueRule["onConflict"] {
  if (mode === undefined) return "keep";
  const found = conflictModes.find((known) => known === mode);
  if (found !== undefined) return found;
  const meant = typeof mode === "string" ? didYouMean(mode, conflictModes) : undefined;
  throw refuse(`"on_conflict" cannot be ${showValue(mode)}`, meant ?? `It is ${conflictModes.join(", ")}`);
}
