/**
 * Waiting jobs as the indexes know them, in SQL; so that little is read however many there are, and whatever the planner
 * believes of a table that was empty when it looked last.
 *
 * - What is ready is asked for by bounds of its demand, and in that order: of equal demands and by `sort_at` alone, it may
 *   seem cheaper to walk over the jobs of all queues. (Bounds of whole rows would not do: up to PostgreSQL 17 a scan goes
 *   on behind the upper one.)
 * - The first is taken by an order, not by `min`, which may look through all of them.
 * - Jobs whose numbers are known are locked by these alone, and looked at afterwards.
 */

/** A condition and an order: of the ready jobs those of a queue and a demand, both in SQL, the best first. */
export const readyOf = (queue: string, demand: string) =>
  ready(queue, `needs >= ${demand} AND needs <= ${demand}`);

/** Whether a queue has a ready job that demands nothing. */
export const hasPlain = (queue: string) => isThere(ready(queue, "needs <= ''"));

/** Whether a queue has a ready job that demands something. */
export const hasDemanding = (queue: string) => isThere(ready(queue, "needs > ''"));

/** When the next delayed job is due, or was; NULL for none. */
export const earliestDue =
  "(SELECT run_at FROM @jobs WHERE state = 'pending' AND gate = 1 ORDER BY run_at LIMIT 1)";

/** When the next job expires, or did; NULL for none. */
export const earliestExpiry = `(
  SELECT expires_at FROM @jobs WHERE state IN ('pending', 'blocked') AND run_count = 0 AND expires_at IS NOT NULL
  ORDER BY expires_at LIMIT 1)`;

/** A table `locked` of those of these jobs that nobody else is at, with what a gate depends on. */
export const lockedOf = (seqs: string) =>
  `locked AS MATERIALIZED (SELECT seq, state, gate FROM @jobs WHERE seq = ANY (${seqs}) FOR UPDATE SKIP LOCKED)`;

function ready(queue: string, needs: string): string {
  return `state = 'pending' AND gate = 0 AND queue = ${queue} AND ${needs} ORDER BY needs, sort_at, seq`;
}

/** Not by EXISTS, which drops the order. */
function isThere(some: string): string {
  return `(SELECT seq FROM @jobs WHERE ${some} LIMIT 1) IS NOT NULL`;
}
