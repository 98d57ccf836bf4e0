import type { Queries } from "./connection.ts";

/** For how long whoever changes limits waits for those who are at work; heartbeats wait behind it. */
const changerPatience = "3s";

/**
 * For whoever changes limits, before all other locks: waits for all that read limits to go by them, and has them wait
 * until the end of the transaction. A worker's turn has its row of `workers` locked, the others call `readLimits`.
 */
export async function lockLimits(queries: Queries): Promise<void> {
  await queries.run(`SET LOCAL lock_timeout = '${changerPatience}'`);
  await queries.run("LOCK TABLE @workers IN EXCLUSIVE MODE");
  await queries.run("SET LOCAL lock_timeout = DEFAULT");
}

/** Until the end of the transaction limits stay as they are. Before the locks of queues. */
export async function readLimits(queries: Queries): Promise<void> {
  await queries.run("LOCK TABLE @workers IN ROW SHARE MODE");
}

/**
 * Until the end of the transaction nobody else counts what runs of these queues, opens gates of theirs, or changes
 * their limits. Always in one order, so that no two wait for each other; after the locks of workers and of the jobs that
 * the transaction moves itself, before those of counters.
 */
export async function lockQueues(queries: Queries, queues: readonly string[]): Promise<void> {
  if (queues.length === 0) return;
  await lock(queries, queues);
}

export async function lockQueue(queries: Queries, queue: string): Promise<void> {
  await lock(queries, [queue]);
}

/** The same for what the jobs on a host take of its resources. After the locks of queues. */
export async function lockHost(queries: Queries, host: string): Promise<void> {
  // No queue has such a name.
  await lock(queries, [`host ${host}`]);
}

async function lock(queries: Queries, names: readonly string[]): Promise<void> {
  await queries.all(
    `SELECT pg_advisory_xact_lock(hashtextextended('@queues'::regclass::oid || ' ' || name, 0))
     FROM (SELECT name FROM unnest($1::text[]) AS given (name) ORDER BY name OFFSET 0) AS names`,
    names,
  );
}
