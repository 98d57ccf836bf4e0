/**
 * Ready jobs by the index that knows them by queue and demand, in SQL. Asked for by bounds and in the index's own order:
 * asked for by equality, and by `sort_at` alone, the server may find it cheaper to walk over the jobs of all queues, and
 * goes on doing so when thousands of others have come that are before those it looks for.
 */

const order = "ORDER BY queue, needs, sort_at, seq";

/** A condition and an order: of the ready jobs those of a lane, such as "(lane.queue, lane.needs)", the best first. */
export const readyOf = (lane: string) =>
  `state = 'pending' AND gate = 0 AND (queue, needs) >= ${lane} AND (queue, needs) <= ${lane} ${order}`;

/** Whether a queue has a ready job that demands nothing. */
export const hasPlain = (queue: string) => isThere(readyOf(`(${queue}, '')`));

/** Whether a queue has a ready job that demands something. */
export const hasDemanding = (queue: string) =>
  isThere(
    `state = 'pending' AND gate = 0 AND (queue, needs) > (${queue}, '') AND queue <= ${queue} ${order}`,
  );

/** Not by EXISTS, which drops the order. */
function isThere(ready: string): string {
  return `(SELECT seq FROM @jobs WHERE ${ready} LIMIT 1) IS NOT NULL`;
}
