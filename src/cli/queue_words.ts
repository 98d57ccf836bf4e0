/** Operands that are names of queues, and what is shown of one. */

import { QueueError } from "../core/errors.ts";
import { isQueueName, type QueueDefaults, queueRule } from "../core/queue.ts";
import { type ChangedQueue, meantQueue } from "../operations/change_queue.ts";
import { defaultsJson } from "../operations/queue_json.ts";
import type { Session } from "./session.ts";
import { type ParsedWords, usage } from "./words.ts";

/** The one queue that a command needs. */
export function oneQueue(words: ParsedWords): string {
  const [name, ...others] = words.operands;
  if (name === undefined) throw usage("it needs the name of a queue", words.command);
  if (others.length > 0) throw usage(`it takes one queue, not ${words.operands.length}`, words.command);
  return checkedQueue(name);
}

/** The queues that a command needs, each once, at least one. */
export function someQueues(words: ParsedWords): readonly string[] {
  if (words.operands.length === 0) throw usage("it needs the names of queues", words.command);
  return [...new Set(words.operands.map(checkedQueue))];
}

export function checkedQueue(name: string): string {
  if (isQueueName(name)) return name;
  throw new QueueError("usage", `Cannot use "${name.slice(0, 80)}": that is no name of a queue`, {
    hint: name.includes("*")
      ? "Name each queue; only workers take patterns (worker start --queues 'img-*')"
      : `It must be so: ${queueRule}`,
  });
}

/** Says once of queues that nobody has used before that it may be a slip. */
export async function sayNew(changed: readonly ChangedQueue[], session: Session): Promise<void> {
  for (const { report: { queue }, isNew } of changed) {
    if (!isNew) continue;
    const meant = await meantQueue(await session.store(), queue.name);
    session.say(`There are no jobs in ${queue.name} yet.${meant === undefined ? "" : ` ${meant}`}`);
  }
}

export function defaultsText(defaults: QueueDefaults): string {
  const texts = Object.entries(defaultsJson(defaults)).map(([name, value]) =>
    `${name.replaceAll("_", "-")} ${value}`
  );
  return texts.join(", ") || "none";
}
