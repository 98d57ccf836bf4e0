/**
 * What a request to accept a job, or to change one, holds. The types are for the documentation: what each field may
 * be is checked by the rules that the command line has too (`core/job_payload.ts`), so that the refusals are the same.
 */

import { z } from "zod";
import { type EditableField, editableFields } from "../../core/job_changes.ts";
import { type PayloadField, payloadFields } from "../../core/job_payload.ts";

type Shape = Readonly<Record<string, unknown>>;

const text: Shape = { type: "string" };
const whole: Shape = { type: "integer" };
const numberOrText: Shape = { type: ["number", "string"] };
const codes: Shape = { type: ["array", "string", "integer"], items: { type: "integer" } };
const ids: Shape = { type: ["array", "string"], items: { type: "string" } };
const texts: Shape = { type: "object", additionalProperties: { type: "string" } };
const time: Shape = {
  type: "string",
  description: 'such as "2026-12-31T23:00:00Z"; times in words are not taken here',
};

const shapes: Readonly<Partial<Record<PayloadField, Shape>>> = {
  argv: { type: "array", items: { type: "string" } },
  max_retries: whole,
  priority: whole,
  run_at: time,
  retry_until: time,
  env: texts,
  env_from: {
    type: "array",
    items: { type: "string" },
    description: "refused here: a request has no environment",
  },
  meta: texts,
  needs: ids,
  slots: whole,
  resources: { type: "object", additionalProperties: { type: "integer" } },
  webhook: {
    type: "string",
    format: "uri",
    description: "http or https: its end is posted there; see webhooks",
  },
  after: ids,
  after_any: ids,
  after_fail: ids,
  ok_codes: codes,
  dead_codes: codes,
  snooze_codes: codes,
  max_snoozes: whole,
  backoff_base: numberOrText,
  backoff_jitter: numberOrText,
  backoff: { type: ["string", "array"], items: { type: "string" } },
};

function documented(field: PayloadField) {
  return z.unknown().optional().meta({ ...(shapes[field] ?? text) });
}

/** Checks nothing but that it is an object. */
function documentedObject(fields: readonly PayloadField[]) {
  return z.looseObject(Object.fromEntries(fields.map((field) => [field, documented(field)])))
    .meta({ additionalProperties: false });
}

export const newJob = documentedObject(payloadFields);
/** One, or many: then all are accepted or none. */
export const newJobs = z.union([newJob, z.array(newJob).min(1)]);

export const jobChanges = documentedObject(editableFields);

export function isEditableField(name: string): name is EditableField {
  return editableFields.some((field) => field === name);
}
