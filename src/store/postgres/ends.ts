/** Ends of jobs that are passed on to those that wait for them, in PostgreSQL. Each function is part of one write. */

import { isFinal, type Job, type JobState } from "../../core/job.ts";
import {
  afterParents,
  afterRevival,
  brokenReason,
  type ChildStep,
  type DependencyState,
  type Link,
  verdictOf,
} from "../../core/passed_ends.ts";
import { jobOf, number, type SqlRow, text } from "../rows.ts";
import type { PassedOn } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Queries } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { gateOf } from "./gates.ts";
import { tell } from "./waits.ts";

/** How many dependencies one write passes on at most, so that none takes long. */
const passBatch = 500;
/** How many steps down a graph one write takes at most. */
const mostRounds = 20;

/** What one batch does. */
interface Batch {
  readonly queries: Queries;
  readonly tally: Tally;
  opened: number;
  readonly ended: number[];
  revived: number;
}

/** A child and what becomes of it. */
interface Change {
  readonly child: Job;
  readonly step: ChildStep;
}

/** Writes down that jobs have ended, as far as others wait for them. Part of the write that ends them. */
export async function noteEnds(queries: Queries, jobSeqs: readonly number[]): Promise<void> {
  await note(queries, jobSeqs, { kind: "ended", state: "open" });
}

/** Writes down that jobs are to run after all, as far as their ends have kept others from it. */
export async function noteRevivals(queries: Queries, jobSeqs: readonly number[]): Promise<void> {
  await note(queries, jobSeqs, { kind: "revived", state: "broken" });
}

type Kind = "ended" | "revived";

async function note(
  queries: Queries,
  jobSeqs: readonly number[],
  { kind, state }: { readonly kind: Kind; readonly state: DependencyState },
): Promise<void> {
  if (jobSeqs.length === 0) return;
  await queries.run(
    `INSERT INTO @endings (job_seq, kind)
     SELECT seq, '${kind}' FROM unnest($1::bigint[]) AS noted (seq)
     WHERE EXISTS (SELECT FROM @dependencies WHERE parent_seq = seq AND state = '${state}')
     ON CONFLICT (job_seq, kind) DO NOTHING`,
    jobSeqs,
  );
}

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

type Parents = ReadonlyMap<number, { readonly id: string; readonly state: JobState }>;

/** Jobs of which something is to be passed on, those first that arrived first. Nobody retries them meanwhile. */
async function noted({ queries }: Batch, kind: Kind, limit: number): Promise<Parents> {
  const rows = await queries.all(
    `SELECT seq, id, state FROM @endings JOIN @jobs AS jobs ON seq = job_seq WHERE kind = $1
     ORDER BY job_seq LIMIT $2 FOR SHARE OF jobs`,
    kind,
    limit,
  );
  return new Map(
    rows.map((row) => [number(row, "seq"), { id: text(row, "id"), state: text(row, "state") as JobState }]),
  );
}

/** Forgets those of which nothing is left to pass on; returns them. */
async function forget(
  { queries }: Batch,
  parents: readonly number[],
  { kind, state }: { readonly kind: Kind; readonly state: DependencyState },
): Promise<number[]> {
  const rows = await queries.all(
    `DELETE FROM @endings WHERE kind = '${kind}' AND job_seq = ANY ($1::bigint[])
       AND NOT EXISTS (SELECT FROM @dependencies WHERE parent_seq = job_seq AND state = '${state}') RETURNING job_seq`,
    parents,
  );
  return rows.map((row) => number(row, "job_seq"));
}

async function linksOf(
  { queries }: Batch,
  parents: readonly number[],
  { state, limit }: { readonly state: DependencyState; readonly limit: number },
): Promise<Link[]> {
  const rows = await queries.all(
    `SELECT parent_seq, child_seq, awaits FROM @dependencies
     WHERE parent_seq = ANY ($1::bigint[]) AND state = '${state}' LIMIT $2`,
    parents,
    limit,
  );
  return rows.map(linkOf);
}

function linkOf(row: SqlRow): Link {
  return {
    parentSeq: number(row, "parent_seq"),
    childSeq: number(row, "child_seq"),
    awaits: text(row, "awaits") as Link["awaits"],
  };
}

async function setLinks(
  { queries }: Batch,
  links: readonly Link[],
  stateOf: (link: Link) => DependencyState,
): Promise<void> {
  await queries.run(
    `UPDATE @dependencies AS link SET state = given.state
     FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS given (parent_seq, child_seq, state)
     WHERE link.parent_seq = given.parent_seq AND link.child_seq = given.child_seq`,
    links.map(({ parentSeq }) => parentSeq),
    links.map(({ childSeq }) => childSeq),
    links.map(stateOf),
  );
}

async function lockJobs({ queries }: Batch, seqs: Iterable<number>): Promise<Job[]> {
  const rows = await queries.all(
    "SELECT * FROM @jobs WHERE seq = ANY ($1::bigint[]) ORDER BY seq FOR UPDATE",
    [
      ...seqs,
    ],
  );
  return rows.map(jobOf);
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

/** One step down from jobs that are to run after all; as `endChildren`. */
async function reviveChildren(batch: Batch, limit: number): Promise<number | null> {
  const parents = await noted(batch, "revived", limit);
  if (parents.size === 0) return null;
  const links = await linksOf(batch, [...parents.keys()], { state: "broken", limit });
  const children = Map.groupBy(links, (link) => link.childSeq);
  const jobs = await lockJobs(batch, children.keys());
  const cancelled = new Set(jobs.filter((job) => job.state === "cancelled").map((job) => job.seq));
  // What has gone on in spite of them does not wait for them.
  await setLinks(batch, links, ({ childSeq }) => cancelled.has(childSeq) ? "open" : "met");
  const broken = await brokenParents(batch, [...cancelled]);
  const changes = jobs.filter((job) => cancelled.has(job.seq)).map((child) => ({
    child,
    step: afterRevival(child, children.get(child.seq)!.length, broken.get(child.seq) ?? null),
  }));
  await writeChildren(batch, changes);
  const revived = changes.filter(({ step }) => step.state === "blocked").map(({ child }) => child.seq);
  const over = await forget(batch, [...parents.keys()], { kind: "revived", state: "broken" });
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
  const jobs = [...links.values()].flatMap(({ childSeq, parentSeq }) => {
    const job = locked.get(childSeq);
    if (job?.state !== "cancelled" || job.brokenBy !== parentSeq || !alive.has(parentSeq)) return [];
    alive.add(childSeq);
    return [job];
  });
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

async function writeChildren(batch: Batch, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await batch.queries.run(
    `UPDATE @jobs AS jobs SET state = step.state, open_parents = step.open_parents, broken_by = step.broken_by,
            reason = step.reason, gate = ${gateOf("jobs.run_at", "at.now")},
            finished_at = CASE WHEN step.state = 'cancelled' THEN coalesce(jobs.finished_at, at.now) END,
            updated_at = CASE WHEN step.state <> jobs.state THEN at.now ELSE jobs.updated_at END, cancel_requested = 0,
            -- As for any job that is retried.
            expires_at = CASE WHEN step.state = 'blocked' AND jobs.state <> 'blocked' AND jobs.expires_at <= at.now THEN NULL
                              ELSE jobs.expires_at END
     FROM unnest($1::bigint[], $2::text[], $3::int[], $4::bigint[], $5::text[])
            AS step (seq, state, open_parents, broken_by, reason), (SELECT @now AS now) AS at
     WHERE jobs.seq = step.seq`,
    changes.map(({ child }) => child.seq),
    changes.map(({ step }) => step.state),
    changes.map(({ step }) => step.openParents),
    changes.map(({ step }) => step.brokenBy),
    changes.map(({ step, child }) => step.state === "cancelled" ? step.reason ?? child.reason : null),
  );
  for (const { child, step } of changes) {
    if (step.state === child.state) continue;
    batch.tally.move(child, { ...child, state: step.state });
    if (step.state === "pending") batch.opened++;
    else if (step.state === "cancelled") batch.ended.push(child.seq);
    else batch.revived++;
  }
}
