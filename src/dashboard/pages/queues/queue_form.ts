/** The form that changes a queue: what stands in its fields, and which changes they mean. */

import type { Queue } from "../../api/types.ts";

export const queueFields = ["state", "limit", "key_limit", "rate", "throttle_for", "webhook"] as const;
export type QueueField = (typeof queueFields)[number];
export type QueueValues = Readonly<Record<QueueField, string>>;

/** Of a queue of which nothing was set. */
export const plainValues: QueueValues = {
  state: "open",
  limit: "",
  key_limit: "",
  rate: "",
  throttle_for: "",
  webhook: "",
};

/** The values as they are; the throttle is left empty, which means that it stays. */
export function valuesOf({ state, limit, key_limit, rate, webhook }: Queue): QueueValues {
  return {
    state,
    limit: textOf(limit),
    key_limit: textOf(key_limit),
    rate: rate ?? "",
    throttle_for: "",
    webhook: webhook ?? "",
  };
}

function textOf(limit: number | null): string {
  return limit === null ? "" : String(limit);
}

export interface QueueForm {
  /** What was changed, as the API takes it; nothing in a field takes the limit away. */
  readonly changes: Readonly<Record<string, unknown>>;
  readonly errors: Readonly<Partial<Record<QueueField, string>>>;
}

export function readQueueForm(before: QueueValues, values: QueueValues): QueueForm {
  const changes: Record<string, unknown> = {};
  const errors: Partial<Record<QueueField, string>> = {};
  for (const field of queueFields) {
    const value = values[field].trim();
    if (value === before[field]) continue;
    if (field !== "limit" && field !== "key_limit") {
      changes[field] = value === "" ? null : value;
      continue;
    }
    if (value === "") changes[field] = null;
    else if (/^[1-9]\d{0,6}$/.test(value) && Number(value) <= mostAtOnce) changes[field] = Number(value);
    else errors[field] = "A whole number from 1 to 1,000,000, or nothing for no limit.";
  }
  return { changes, errors };
}

const mostAtOnce = 1_000_000;
