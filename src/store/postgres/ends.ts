/** Ends of jobs that are passed on to those that wait for them, in PostgreSQL. Each function is part of one write. */

import { isFinal } from "../../core/job.ts";
import { afterParents, brokenReason, verdictOf } from "../../core/passed_ends.ts";
import { number, text } from "../rows.ts";
import type { PassedOn } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Queries } from "./connection.ts";
import { writeTally } from "./counters.ts";
import {
  type Batch,
  type Change,
  forget,
  linksOf,
  lockJobs,
  noted,
  noteEnds,
  setLinks,
  writeChildren,
} from "./passing.ts";
import { reviveChildren } from "./revivals.ts";
import { tell } from "./waits.ts";
import { noteWebhooks } from "./webhook_events.ts";

/** How many dependencies one write passes on at most, so that none takes long. */
const passBatch = 500;
/** How many steps down a graph one write takes at most. */
const mostRounds = 20;

/** Whether there is something to pass on to those that wait. */
export async function hasEnds(queries: Queries): Promise<boolean> {
  const row = await queries.first("SELECT EXISTS (SELECT FROM @endings WHERE kind <> 'died') AS found");
  return row!.found === true;
}

/** Passes a batch on. */
export async function passOn(queries: Queries): Promise<PassedOn> {
  // One at a time: what two would lock on their ways down a graph has no order.
  await queries.all("SELECT pg_advisory_xact_lock('@endings'::regclass::oid::bigint)");
  const batch: Batch = { queries, tally: new Tally(), opened: 0, ended: [], revived: 0 };
  for (let round = 0, left = passBatch; round < mostRounds && left > 0; round++) {
    const done = await reviveChildren(batch, left) ?? await endChildren(batch, left);
    if (done === null) break;
    left -= done;
  }
  const hasMore = await hasEnds(queries);
  await tell(queries, batch.ended);
  await writeTally(queries, batch.tally);
  return { opened: batch.opened, ended: batch.ended.length, revived: batch.revived, hasMore };
}

/** One step down from jobs that have ended; how many dependencies it took, or null where there are no such jobs. */
async function endChildren(batch: Batch, limit: number): Promise<number | null> {
  const parents = await noted(batch, "ended", limit);
  if (parents.size === 0) return null;
  const ended = [...parents.keys()].filter((seq) => isFinal(parents.get(seq)!.state));
  const links = await linksOf(batch, ended, { state: "open", limit });
  const children = Map.groupBy(links, (link) => link.childSeq);
  const changes = (await lockJobs(batch, children.keys())).map((child) => ({
    child,
    step: afterParents(child, children.get(child.seq)!, parents),
  }));
  await setLinks(batch, links, ({ awaits, parentSeq }) => verdictOf(awaits, parents.get(parentSeq)!.state));
  await writeChildren(batch, changes);
  await forget(batch, ended, { kind: "ended", state: "open" });
  // What was retried meanwhile will end again.
  const others = [...parents.keys()].filter((seq) => !isFinal(parents.get(seq)!.state));
  if (others.length > 0) {
    await batch.queries.run(
      "DELETE FROM @endings WHERE kind = 'ended' AND job_seq = ANY ($1::bigint[])",
      others,
    );
  }
  const fallen = changes.filter(isCancelled).map(({ child }) => child.seq);
  if (fallen.length > 0) fallen.push(...await cancelBelow(batch, fallen, limit - links.length));
  await noteWebhooks(batch.queries, fallen);
  await noteEnds(batch.queries, fallen);
  return Math.max(links.length, fallen.length);
}

function isCancelled({ child, step }: Change): boolean {
  return child.state === "blocked" && step.state === "cancelled";
}

/**
 * Cancels what waits in vain below jobs that were just cancelled, at once: step by step, a chain as long as the batch
 * would take as many steps. Their dependencies are left for the steps that follow.
 */
async function cancelBelow(batch: Batch, fallen: readonly number[], limit: number): Promise<number[]> {
  if (limit <= 0) return [];
  const rows = await batch.queries.all(
    `WITH RECURSIVE below (seq, parent) AS (
       SELECT seq, NULL::bigint FROM unnest($1::bigint[]) AS fallen (seq)
       UNION
       SELECT link.child_seq, below.seq FROM below CROSS JOIN LATERAL (
         -- A lookup for each, whatever the planner believes of tables that were just filled.
         SELECT child_seq FROM @dependencies
         WHERE parent_seq = below.seq AND state = 'open' AND awaits <> 'ended'
           AND (SELECT state FROM @jobs WHERE seq = child_seq) = 'blocked' OFFSET 0
       ) AS link
     ) SELECT below.seq, parent, id FROM below JOIN @jobs AS jobs ON jobs.seq = parent LIMIT $2`,
    fallen,
    limit,
  );
  const above = new Map(rows.map((row) => [number(row, "seq"), row]));
  const waiting = (await lockJobs(batch, above.keys())).filter((child) => child.state === "blocked");
  await writeChildren(
    batch,
    waiting.map((child) => {
      const row = above.get(child.seq)!;
      const reason = brokenReason({ id: text(row, "id"), state: "cancelled" });
      const { openParents } = child;
      return { child, step: { state: "cancelled", openParents, brokenBy: number(row, "parent"), reason } };
    }),
  );
  return waiting.map((child) => child.seq);
}
