/**
 * Ready jobs by the index that knows them by queue and demand, in SQL. The demand is asked for by bounds, and first in the
 * order: of equal ones and by `sort_at` alone, the server may find it cheaper to walk over the jobs of all queues, and
 * goes on doing so when thousands of others have come that are before those it looks for. (Bounds of rows would not do:
 * up to PostgreSQL 17 a scan goes on behind the upper one.)
 */

/** A condition and an order: of the ready jobs those of a queue and a demand, both in SQL, the best first. */
export const readyOf = (queue: string, demand: string) =>
  ready(queue, `needs >= ${demand} AND needs <= ${demand}`);

/** Whether a queue has a ready job that demands nothing. */
export const hasPlain = (queue: string) => isThere(readyOf(queue, "''"));

/** Whether a queue has a ready job that demands something. */
export const hasDemanding = (queue: string) => isThere(ready(queue, "needs > ''"));

function ready(queue: string, needs: string): string {
  return `state = 'pending' AND gate = 0 AND queue = ${queue} AND ${needs} ORDER BY needs, sort_at, seq`;
}

/** Not by EXISTS, which drops the order. */
function isThere(some: string): string {
  return `(SELECT seq FROM @jobs WHERE ${some} LIMIT 1) IS NOT NULL`;
}
