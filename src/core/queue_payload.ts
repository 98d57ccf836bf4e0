/** The fields of a job's JSON that say in which line it stands and what it takes of a worker. */

import {
  amountRange,
  isAmount,
  isResourceName,
  mostResources,
  resourceRule,
  type Resources,
} from "./demand.ts";
import { kindOf, showValue } from "./found_value.ts";
import { mostSlots } from "./limits.ts";
import { defaultQueueName, isKey, isQueueName, keyRule, queueRule, webhooksQueue } from "./queue.ts";
import type { Refusal } from "./rules_payload.ts";

export const queueFields = ["queue", "key", "slots", "resources"] as const;
const none: Resources = {};

type Fields = Readonly<Partial<Record<(typeof queueFields)[number], unknown>>>;

export function readQueueFields(fields: Fields, refuse: Refusal) {
  return {
    queue: readQueue(fields.queue, refuse),
    key: readKey(fields.key, refuse),
    slots: readSlots(fields.slots, refuse),
    resources: readResources(fields.resources, refuse),
  };
}

function readQueue(queue: unknown, refuse: Refusal): string {
  if (queue === undefined) return defaultQueueName;
  if (queue === webhooksQueue) {
    throw refuse(
      `the queue "${webhooksQueue}" is for the jobs that post webhooks`,
      "Choose another queue; every worker would take its jobs",
    );
  }
  if (typeof queue === "string" && isQueueName(queue)) return queue;
  throw refuse(`"queue" cannot be ${showValue(queue)}`, queueRule);
}

function readKey(key: unknown, refuse: Refusal): string | null {
  if (key === undefined || key === null) return null;
  if (typeof key === "string" && isKey(key)) return key;
  throw refuse(`"key" cannot be ${showValue(key)}`, keyRule);
}

function readSlots(slots: unknown, refuse: Refusal): number {
  if (slots === undefined) return 1;
  if (Number.isInteger(slots) && (slots as number) >= 1 && (slots as number) <= mostSlots) {
    return slots as number;
  }
  throw refuse(`"slots" cannot be ${showValue(slots)}`, `slots is a whole number from 1 to ${mostSlots}`);
}

function readResources(resources: unknown, refuse: Refusal): Resources {
  if (resources === undefined) return none;
  const hint = `Such as {"gpu":1}; ${resourceRule}`;
  if (typeof resources !== "object" || resources === null || Array.isArray(resources)) {
    throw refuse(`"resources" must be an object of amounts, not ${kindOf(resources)}`, hint);
  }
  const entries: [string, unknown][] = Object.entries(resources);
  for (const [name, amount] of entries) {
    if (!isResourceName(name)) throw refuse(`${showValue(name)} in "resources" is not a resource`, hint);
    if (!isAmount(amount)) {
      throw refuse(
        `"resources" cannot have ${showValue(amount)} of ${name}`,
        `It is a whole number from ${amountRange.from} to ${amountRange.to}`,
      );
    }
  }
  if (entries.length > mostResources) {
    throw refuse(`it takes ${entries.length} resources`, `A job may take ${mostResources} of them at most`);
  }
  return resources as Resources;
}
