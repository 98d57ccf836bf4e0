/** Dependencies between jobs, in PostgreSQL: stored with the jobs, and read. Each function is part of one read or write. */

import {
  planDependencies,
  type PlannedLink,
  type PlannedStart,
  storedParents,
} from "../../core/dependency_plan.ts";
import type { JobState, NewJob } from "../../core/job.ts";
import { linkOfRow, number, text } from "../rows.ts";
import type { JobLink, LinksRequest } from "../store.ts";
import type { Queries } from "./connection.ts";
import { noteWebhooks } from "./webhook_events.ts";

/** Rows stored by one statement. */
const linksPerInsert = 10_000;

/**
 * How a job is stored until it is known how those stand that it waits for. If it were ready, each claim would walk over
 * what that leaves in the index.
 */
export function expectedStart(after: NewJob["after"]): Pick<PlannedStart, "state" | "openParents"> {
  return { state: after.length > 0 ? "blocked" : "pending", openParents: after.length };
}

/**
 * Links jobs that are stored already, and sets how they begin; by their places in the batch. Throws where they cannot.
 * The parents are locked, last of all: whoever ends one waits for the commit and sees who waits for it, or it is seen here
 * that it has ended.
 */
export async function linkJobs(
  queries: Queries,
  jobs: readonly NewJob[],
): Promise<ReadonlyMap<number, PlannedStart>> {
  const own = new Set<string>();
  for (const { id, after } of jobs) {
    if (after.length > 0) own.add(id);
    for (const { parentId } of after) own.add(parentId);
  }
  const outside = storedParents(jobs);
  for (const id of outside) own.delete(id);
  const stored = await queries.all(
    "SELECT id, seq, state FROM @jobs WHERE id = ANY ($1::text[]) ORDER BY seq FOR SHARE",
    outside,
  );
  const plan = planDependencies(
    jobs,
    new Map(stored.map((row) => [text(row, "id"), text(row, "state") as JobState])),
  );
  const rows = await queries.all("SELECT id, seq FROM @jobs WHERE id = ANY ($1::text[])", [...own]);
  const seqs = new Map([...stored, ...rows].map((row) => [text(row, "id"), number(row, "seq")]));
  const links: Placed[] = [];
  const starts: (PlannedStart & { readonly seq: number })[] = [];
  for (const [place, start] of plan) {
    const seq = seqs.get(jobs[place]!.id)!;
    for (const link of start.links) links.push({ ...link, seq });
    const expected = expectedStart(jobs[place]!.after);
    if (start.state !== expected.state || start.openParents !== expected.openParents) {
      starts.push({ ...start, seq });
    }
  }
  for (let from = 0; from < links.length; from += linksPerInsert) {
    await insertLinks(queries, links.slice(from, from + linksPerInsert), seqs);
  }
  for (let from = 0; from < starts.length; from += linksPerInsert) {
    await setStarts(queries, starts.slice(from, from + linksPerInsert), seqs);
  }
  await noteWebhooks(queries, starts.filter(({ state }) => state === "cancelled").map(({ seq }) => seq));
  return plan;
}

/** A link with the arrival number of its child. */
type Placed = PlannedLink & { readonly seq: number };

async function insertLinks(
  queries: Queries,
  links: readonly Placed[],
  seqs: ReadonlyMap<string, number>,
): Promise<void> {
  await queries.run(
    `INSERT INTO @dependencies (parent_seq, child_seq, awaits, state)
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])`,
    links.map(({ parentId }) => seqs.get(parentId)!),
    links.map(({ seq }) => seq),
    links.map(({ awaits }) => awaits),
    links.map(({ state }) => state),
  );
}

async function setStarts(
  queries: Queries,
  starts: readonly (PlannedStart & { readonly seq: number })[],
  seqs: ReadonlyMap<string, number>,
): Promise<void> {
  await queries.run(
    `UPDATE @jobs AS jobs SET state = start.state, open_parents = start.open_parents, broken_by = start.broken_by,
            reason = start.reason, finished_at = CASE WHEN start.state = 'cancelled' THEN jobs.created_at END
     FROM unnest($1::bigint[], $2::text[], $3::int[], $4::bigint[], $5::text[])
            AS start (seq, state, open_parents, broken_by, reason)
     WHERE jobs.seq = start.seq`,
    starts.map(({ seq }) => seq),
    starts.map(({ state }) => state),
    starts.map(({ openParents }) => openParents),
    starts.map(({ brokenBy }) => brokenBy === null ? null : seqs.get(brokenBy)!),
    starts.map(({ reason }) => reason),
  );
}

export async function readLinks(queries: Queries, { jobSeqs, to, limit }: LinksRequest): Promise<JobLink[]> {
  const from = to === "parents" ? "child_seq" : "parent_seq";
  const rows = await queries.all(
    `SELECT awaits, link.state AS link_state,
            parent.seq AS parent_seq, parent.id AS parent_id, parent.state AS parent_state, parent.attempts AS parent_attempts,
            child.seq AS child_seq, child.id AS child_id, child.state AS child_state, child.attempts AS child_attempts
     FROM @dependencies AS link
     JOIN @jobs AS parent ON parent.seq = parent_seq JOIN @jobs AS child ON child.seq = child_seq
     WHERE ${from} = ANY ($1::bigint[]) ORDER BY array_position($1::bigint[], ${from}), parent_seq, child_seq LIMIT $2`,
    jobSeqs,
    limit,
  );
  return rows.map(linkOfRow);
}

/** How many jobs are cancelled since these have ended as they did. */
export async function countBroken(queries: Queries, ids: readonly string[]): Promise<number> {
  const row = await queries.first(
    `WITH RECURSIVE broken (seq, is_root) AS (
       SELECT seq, true FROM @jobs WHERE id = ANY ($1::text[])
       UNION
       SELECT link.child_seq, false FROM broken CROSS JOIN LATERAL (
         -- A lookup for each, whatever the planner believes of tables that were just filled.
         SELECT child_seq FROM @dependencies WHERE parent_seq = broken.seq AND state = 'broken'
           AND (SELECT broken_by FROM @jobs WHERE seq = child_seq AND state = 'cancelled') = parent_seq OFFSET 0
       ) AS link
     ) SELECT count(*) AS count FROM broken WHERE NOT is_root`,
    ids,
  );
  return number(row!, "count");
}
