/** Queues that accept no more, in SQLite. Each function is part of one write. */

import { QueueDrains } from "../../core/errors.ts";
import type { NewJob } from "../../core/job.ts";
import type { Connection } from "./connection.ts";

export function isDraining(connection: Connection, name: string): boolean {
  return connection.sql("SELECT state FROM queues WHERE name = ?").get(name)?.state === "draining";
}

/** Refuses jobs for a queue that accepts no more; what a death of its own enqueues it does accept. */
export function refuseDrained(
  connection: Connection,
  jobs: readonly Pick<NewJob, "id" | "queue" | "hookOf">[],
): void {
  const isOpen = new Map<string, boolean>();
  for (const [index, { id, queue, hookOf }] of jobs.entries()) {
    if (hookOf !== null) continue;
    let isFine = isOpen.get(queue);
    if (isFine === undefined) {
      isFine = !isDraining(connection, queue);
      isOpen.set(queue, isFine);
    }
    if (!isFine) throw new QueueDrains(id, queue, index);
  }
}
