/** Jobs that are to run after all, and those that their ends have cancelled, in PostgreSQL. Part of one write. */

import { isFinal, type Job, type JobState } from "../../core/job.ts";
import { afterRevival } from "../../core/passed_ends.ts";
import { number, text } from "../rows.ts";
import {
  type Batch,
  forget,
  linkOf,
  linksOf,
  lockJobs,
  noted,
  noteEnds,
  noteRevivals,
  setLinks,
  writeChildren,
} from "./passing.ts";
import { takeKeysAgain } from "./unique_keys.ts";

/** One step down from jobs that are to run after all; as `endChildren`. */
export async function reviveChildren(batch: Batch, limit: number): Promise<number | null> {
  const parents = await noted(batch, "revived", limit);
  if (parents.size === 0) return null;
  const links = await linksOf(batch, [...parents.keys()], { state: "broken", limit });
  const children = Map.groupBy(links, (link) => link.childSeq);
  const jobs = await lockJobs(batch, children.keys());
  const cancelled = new Set((await revivable(batch, jobs)).map((job) => job.seq));
  const gone = new Set(jobs.filter((job) => job.state !== "cancelled").map((job) => job.seq));
  // What has gone on in spite of them does not wait for them.
  await setLinks(
    batch,
    links.filter(({ childSeq }) => cancelled.has(childSeq) || gone.has(childSeq)),
    ({ childSeq }) => cancelled.has(childSeq) ? "open" : "met",
  );
  const broken = await brokenParents(batch, [...cancelled]);
  const changes = jobs.filter((job) => cancelled.has(job.seq)).map((child) => ({
    child,
    step: afterRevival(child, children.get(child.seq)!.length, broken.get(child.seq) ?? null),
  }));
  await writeChildren(batch, changes);
  const revived = changes.filter(({ step }) => step.state === "blocked").map(({ child }) => child.seq);
  // What is left of the broken ones is so for good.
  const isDone = links.length < limit || cancelled.size + gone.size === 0;
  const over = await forget(batch, [...parents.keys()], {
    kind: "revived",
    state: isDone ? null : "broken",
  });
  // What has ended again before this was passed on.
  await noteEnds(batch.queries, over.filter((seq) => isFinal(parents.get(seq)!.state)));
  if (revived.length > 0) revived.push(...await reviveBelow(batch, revived, limit - links.length));
  await noteRevivals(batch.queries, revived);
  return Math.max(links.length, revived.length);
}

/** Revives below jobs that were just revived what only one of these keeps from running, at once, as `cancelBelow`. */
async function reviveBelow(batch: Batch, revived: readonly number[], limit: number): Promise<number[]> {
  if (limit <= 0) return [];
  const rows = await batch.queries.all(
    `WITH RECURSIVE below (child_seq, parent_seq, awaits) AS (
       SELECT seq, NULL::bigint, NULL::text FROM unnest($1::bigint[]) AS revived (seq)
       UNION
       SELECT link.child_seq, below.child_seq, link.awaits FROM below CROSS JOIN LATERAL (
         SELECT child_seq, awaits FROM @dependencies AS dependencies
         WHERE parent_seq = below.child_seq AND state = 'broken'
           AND (SELECT broken_by FROM @jobs WHERE seq = child_seq AND state = 'cancelled') = parent_seq
           AND (SELECT count(*) FROM @dependencies AS other
                WHERE other.child_seq = dependencies.child_seq AND other.state = 'broken') = 1 OFFSET 0
       ) AS link
     ) SELECT * FROM below WHERE parent_seq IS NOT NULL LIMIT $2`,
    revived,
    limit,
  );
  const links = new Map(rows.map(linkOf).map((link) => [link.childSeq, link]));
  const locked = new Map((await lockJobs(batch, links.keys())).map((job) => [job.seq, job]));
  const alive = new Set(revived);
  // Parents come before their children; one that somebody has just changed keeps what is below it from running.
  const free = new Set(await revivable(batch, [...locked.values()]));
  const jobs = [...links.values()].flatMap(({ childSeq, parentSeq }) => {
    const job = locked.get(childSeq);
    if (job === undefined || !free.has(job) || job.brokenBy !== parentSeq || !alive.has(parentSeq)) return [];
    alive.add(childSeq);
    return [job];
  });
  await setLinks(batch, jobs.map((job) => links.get(job.seq)!), () => "open");
  await writeChildren(batch, jobs.map((child) => ({ child, step: afterRevival(child, 1, null) })));
  return jobs.map((job) => job.seq);
}

/** Those that may wait again: they were cancelled, and nobody else has taken their unique keys since. */
async function revivable({ queries }: Batch, jobs: readonly Job[]): Promise<readonly Job[]> {
  const cancelled = jobs.filter((job) => job.state === "cancelled");
  const withoutKey = await takeKeysAgain(queries, cancelled);
  return cancelled.filter(({ seq }) => !withoutKey.has(seq));
}

/** By job, a parent whose end keeps it from running. */
async function brokenParents({ queries }: Batch, children: readonly number[]) {
  const rows = await queries.all(
    `SELECT DISTINCT ON (child_seq) child_seq, seq, id, jobs.state FROM @dependencies AS link
     JOIN @jobs AS jobs ON seq = parent_seq
     WHERE child_seq = ANY ($1::bigint[]) AND link.state = 'broken' ORDER BY child_seq, parent_seq`,
    children,
  );
  return new Map(rows.map((row) => [
    number(row, "child_seq"),
    { seq: number(row, "seq"), id: text(row, "id"), state: text(row, "state") as JobState },
  ]));
}
