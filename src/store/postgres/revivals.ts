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
  const waiting = jobs.filter((job) => job.state === "cancelled");
  const cancelled = new Set(waiting.map((job) => job.seq));
  // What has gone on in spite of them does not wait for them.
  await setLinks(batch, links, ({ childSeq }) => cancelled.has(childSeq) ? "open" : "met");
  const broken = await brokenParents(batch, [...cancelled]);
  const meant = waiting.map((child) => ({
    child,
    step: afterRevival(child, children.get(child.seq)!.length, broken.get(child.seq) ?? null),
  }));
  const rising = meant.filter(({ step }) => step.state === "blocked").map(({ child }) => child);
  const keyless = await takeKeysAgain(batch.queries, rising);
  await setLinks(batch, links.filter(({ childSeq }) => keyless.has(childSeq)), () => "broken");
  const changes = meant.filter(({ child }) => !keyless.has(child.seq));
  await writeChildren(batch, changes);
  const revived = changes.filter(({ step }) => step.state === "blocked").map(({ child }) => child.seq);
  // What is left of the broken ones is so for good.
  const isDone = links.length < limit || keyless.size === jobs.length;
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
  const jobs: Job[] = [];
  // Parents come before their children; one that stays as it is keeps what is below it from running.
  for (const { childSeq, parentSeq } of links.values()) {
    const job = locked.get(childSeq);
    if (job?.state !== "cancelled" || job.brokenBy !== parentSeq || !alive.has(parentSeq)) continue;
    // Not where another job has its unique key by now.
    if ((await takeKeysAgain(batch.queries, [job])).size > 0) continue;
    alive.add(childSeq);
    jobs.push(job);
  }
  await setLinks(batch, jobs.map((job) => links.get(job.seq)!), () => "open");
  await writeChildren(batch, jobs.map((child) => ({ child, step: afterRevival(child, 1, null) })));
  return jobs.map((job) => job.seq);
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
