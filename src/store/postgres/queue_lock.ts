import type { Queries } from "./connection.ts";

/** The number of a queue's lock in SQL, by an expression for its name. No other schema's queue has the same, mostly. */
export const queueLockKey = (name: string) =>
  `hashtextextended('@queues'::regclass::oid::text || ${name}, 0)`;

/**
 * Lets one transaction at a time change a queue, or start what its limits count. Held until the transaction ends. Two
 * queues are locked in the order of their names.
 */
export async function lockQueue(queries: Queries, queue: string): Promise<void> {
  await queries.run(`SELECT pg_advisory_xact_lock(${queueLockKey("$1::text")})`, queue);
}
