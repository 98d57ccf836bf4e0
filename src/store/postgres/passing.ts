/**
 * What passing ends and revivals on have in common, in PostgreSQL: the marks, the dependencies, and the jobs that wait.
 * Each function is part of one write.
 */

import type { Job, JobState } from "../../core/job.ts";
import type { ChildStep, DependencyState, Link } from "../../core/passed_ends.ts";
import { jobOf, number, type SqlRow, text } from "../rows.ts";
import type { Tally } from "../tally.ts";
import type { Queries } from "./connection.ts";

/** What one batch does. */
export interface Batch {
  readonly queries: Queries;
  readonly tally: Tally;
  opened: number;
  readonly ended: number[];
  revived: number;
}

/** A child and what becomes of it. */
export interface Change {
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

export type Kind = "ended" | "revived";

export async function note(
  queries: Queries,
  jobSeqs: readonly number[],
  { kind, state }: { readonly kind: Kind; readonly state: DependencyState | null },
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

export type Parents = ReadonlyMap<number, { readonly id: string; readonly state: JobState }>;

/** Jobs of which something is to be passed on, those first that arrived first. Nobody retries them meanwhile. */
export async function noted({ queries }: Batch, kind: Kind, limit: number): Promise<Parents> {
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
export async function forget(
  { queries }: Batch,
  parents: readonly number[],
  { kind, state }: { readonly kind: Kind; readonly state: DependencyState | null },
): Promise<number[]> {
  const rows = await queries.all(
    `DELETE FROM @endings WHERE kind = '${kind}' AND job_seq = ANY ($1::bigint[])
       ${
      state === null
        ? ""
        : `AND NOT EXISTS (SELECT FROM @dependencies WHERE parent_seq = job_seq AND state = '${state}')`
    } RETURNING job_seq`,
    parents,
  );
  return rows.map((row) => number(row, "job_seq"));
}

export async function linksOf(
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

export function linkOf(row: SqlRow): Link {
  return {
    parentSeq: number(row, "parent_seq"),
    childSeq: number(row, "child_seq"),
    awaits: text(row, "awaits") as Link["awaits"],
  };
}

export async function setLinks(
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

export async function lockJobs({ queries }: Batch, seqs: Iterable<number>): Promise<Job[]> {
  const rows = await queries.all(
    "SELECT * FROM @jobs WHERE seq = ANY ($1::bigint[]) ORDER BY seq FOR UPDATE",
    [
      ...seqs,
    ],
  );
  return rows.map(jobOf);
}

export async function writeChildren(batch: Batch, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await batch.queries.run(
    `UPDATE @jobs AS jobs SET state = step.state, open_parents = step.open_parents, broken_by = step.broken_by,
            reason = step.reason, gate = CASE WHEN jobs.run_at <= at.now THEN 0 ELSE 1 END,
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
