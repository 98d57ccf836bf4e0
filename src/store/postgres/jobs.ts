/** Jobs in PostgreSQL: accepting, listing, counting. */

import { hasDependencies } from "../../core/dependency_plan.ts";
import { DuplicateJob, ExpiresTooSoon, QueueDrains } from "../../core/errors.ts";
import { expiresTooSoon } from "../../core/expiry.ts";
import { type Job, type Moment, type NewJob, strictPriorityStepMs } from "../../core/job.ts";
import { jobOf, number, type SqlRow, text } from "../rows.ts";
import { formatDemand } from "../../core/demand.ts";
import { bytesOf } from "../../core/job_input.ts";
import { arrivalBounds } from "../arrival_bounds.ts";
import { stepOf } from "../edits.ts";
import type { JobFilter } from "../job_filter.ts";
import type { Arrivals, ArrivalSlice } from "../slices.ts";
import { sortTerms } from "../job_sort.ts";
import { gates } from "../queue_limits.ts";
import type { Accepted, FirstJobs, JobPage } from "../store.ts";
import type { Queries } from "./connection.ts";
import { insertInputs } from "./inputs.ts";
import { conditionOf } from "./job_filter.ts";
import { expectedStart, linkJobs } from "./links.ts";
import { type Bucket, Tally } from "../tally.ts";
import { writeTally } from "./counters.ts";

/** The sort key of a row, as `sortAt` has it, of a job that is due at `runAt`. */
export const sortKey = (runAt: string) =>
  `${runAt} - priority * coalesce(priority_step_ms, ${strictPriorityStepMs}::bigint)`;

/** Jobs stored by one statement. */
const jobsPerInsert = 1000;

/** After so many the server looks at the tables anew, rather than in a minute or so: until then it plans for the old size. */
const largeBatch = 10_000;

/** Stores a batch. Within a write. Where ids or arrival numbers are taken, `refuse` may throw what that comes from. */
export async function insertJobs(
  queries: Queries,
  jobs: readonly NewJob[],
  refuse: () => Promise<void>,
): Promise<Accepted[]> {
  refuseTwins(jobs);
  const accepted: Accepted[] = [];
  for (let from = 0; from < jobs.length; from += jobsPerInsert) {
    const some = jobs.slice(from, from + jobsPerInsert);
    const stored = await insertSome(queries, some, from);
    if (stored.size < some.length) {
      await refuse();
      await refuseTaken(queries, some, { stored, from });
    }
    await insertInputs(queries, some);
    for (const job of some) accepted.push(stored.get(job.id)!);
  }
  const tally = new Tally();
  const plan = hasDependencies(jobs) ? await linkJobs(queries, jobs) : null;
  for (const [place, { queue, key }] of jobs.entries()) {
    tally.add({ queue, key, state: plan?.get(place)?.state ?? "pending", attempts: 0 });
  }
  await writeTally(queries, tally);
  if (jobs.length >= largeBatch) await queries.run("ANALYZE @jobs, @dependencies");
  if (plan === null) return accepted;
  return accepted.map((job, place) => ({ ...job, state: plan.get(place)?.state ?? "pending" }));
}

function refuseTwins(jobs: readonly NewJob[]): void {
  const seen = new Set<string>();
  for (const [index, { id }] of jobs.entries()) {
    if (seen.has(id)) throw new DuplicateJob(id, "in the same batch", index);
    seen.add(id);
  }
}

/** What was accepted of them, by id; those are missing whose ids are taken. `from` is their place in the batch. */
async function insertSome(
  queries: Queries,
  jobs: readonly NewJob[],
  from: number,
): Promise<Map<string, Accepted>> {
  // One time for all, or jobs of one batch would not stay in their order.
  const rows = await queries.all(
    `WITH at AS MATERIALIZED (SELECT @now AS now), given AS (
       SELECT given.*, at.now, least(coalesce(given.at, at.now + given.after), 8640000000000000) AS run_at,
              CASE WHEN coalesce(given.expires_at, given.expires_after) IS NOT NULL
                   THEN least(coalesce(given.expires_at, at.now + given.expires_after), 8640000000000000) END AS expiry
       FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[],
                   $9::text[], $10::int[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::text[], $16::text[], $17::text[], $18::bigint[], $19::bigint[], $20::bigint[], $21::text[], $22::bigint[], $23::text[], $24::text[], $25::text[],
                   $26::text[], $27::int[])
            WITH ORDINALITY AS given (id, queue, limit_key, priority, command, argv, cwd, env, needs, max_retries,
                                      timeout_ms, kill_after_ms, at, after, rules, label, meta, expires_at, expires_after, priority_step_ms, hook_of, stdin_bytes, unique_key, traceparent, webhook, state, open_parents, place), at
     )
     INSERT INTO @jobs AS jobs (id, queue, limit_key, state, open_parents, gate, sort_at, priority, priority_step_ms, hook_of, unique_key, traceparent, webhook, command, argv, cwd, env, needs, max_retries,
                        timeout_ms, kill_after_ms, rules, label, meta, stdin_bytes, expires_at, run_at, created_at, updated_at)
     SELECT id, queue, limit_key, state, open_parents,
            CASE WHEN run_at > now THEN ${gates.delayed} WHEN limit_key IS NOT NULL AND EXISTS (
              SELECT FROM @queues WHERE name = queue AND key_limit IS NOT NULL) THEN ${gates.held} ELSE ${gates.ready} END,
            ${
      sortKey("run_at")
    }, priority, priority_step_ms, hook_of, unique_key, traceparent, webhook, command, argv, cwd, env, needs, max_retries, timeout_ms,
            kill_after_ms, rules, label, meta, stdin_bytes, expiry, run_at, now, now
     FROM given ORDER BY place
     ON CONFLICT DO NOTHING
     RETURNING id, run_at, expires_at, created_at,
       hook_of IS NULL AND
         EXISTS (SELECT FROM @queues AS queues WHERE name = jobs.queue AND queues.state = 'draining') AS is_refused`,
    jobs.map((job) => job.id),
    jobs.map((job) => job.queue),
    jobs.map((job) => job.key),
    jobs.map((job) => job.priority),
    jobs.map((job) => job.command),
    jobs.map((job) => job.argv === null ? null : JSON.stringify(job.argv)),
    jobs.map((job) => job.cwd),
    jobs.map((job) => Object.keys(job.env).length === 0 ? null : JSON.stringify(job.env)),
    jobs.map((job) => formatDemand(job)),
    jobs.map((job) => job.maxRetries),
    jobs.map((job) => job.timeoutMs),
    jobs.map((job) => job.killAfterMs),
    jobs.map(({ due }) => atOf(due)),
    jobs.map(({ due }) => afterOf(due)),
    jobs.map(({ rules }) => rules === null ? null : JSON.stringify(rules)),
    jobs.map(({ label }) => label),
    jobs.map(({ meta }) => Object.keys(meta).length === 0 ? null : JSON.stringify(meta)),
    jobs.map(({ expires }) => atOf(expires)),
    jobs.map(({ expires }) => afterOf(expires)),
    jobs.map(stepOf),
    jobs.map(({ hookOf }) => hookOf),
    jobs.map(({ input }) => input === null ? null : bytesOf(input)),
    jobs.map(({ unique }) => unique?.key ?? null),
    jobs.map(({ traceparent }) => traceparent ?? null),
    jobs.map(({ webhook }) => webhook),
    jobs.map(({ after }) => expectedStart(after).state),
    jobs.map(({ after }) => expectedStart(after).openParents),
  );
  const refused = new Set(rows.filter((row) => row.is_refused === true).map((row) => row.id));
  const drained = jobs.findIndex(({ id }) => refused.has(id));
  if (drained !== -1) throw new QueueDrains(jobs[drained]!.id, jobs[drained]!.queue, from + drained);
  const early = rows.find((row) => expiresTooSoon(acceptedOf(row), number(row, "created_at")));
  if (early !== undefined) {
    const id = text(early, "id");
    throw new ExpiresTooSoon(id, from + jobs.findIndex((job) => job.id === id));
  }
  return new Map(rows.map((row) => [text(row, "id"), acceptedOf(row)]));
}

function acceptedOf(row: SqlRow): Accepted {
  return {
    id: text(row, "id"),
    state: "pending",
    conflict: null,
    runAt: number(row, "run_at"),
    expiresAt: row.expires_at as number | null,
  };
}

function atOf(moment: Moment | null): number | null {
  return moment !== null && "at" in moment ? moment.at : null;
}

function afterOf(moment: Moment | null): number | null {
  return moment !== null && "afterMs" in moment ? moment.afterMs : null;
}

async function refuseTaken(
  queries: Queries,
  jobs: readonly NewJob[],
  { stored, from }: { readonly stored: ReadonlyMap<string, Accepted>; readonly from: number },
): Promise<never> {
  const index = jobs.findIndex(({ id }) => !stored.has(id));
  const { id } = jobs[index]!;
  throw new DuplicateJob(id, (await jobById(queries, id))?.state ?? "stored", from + index);
}

export async function jobById(queries: Queries, id: string): Promise<Job | null> {
  const row = await queries.first("SELECT * FROM @jobs WHERE id = $1", id);
  return row === undefined ? null : jobOf(row);
}

export async function jobsById(queries: Queries, ids: readonly string[]): Promise<(Job | null)[]> {
  const rows = await queries.all("SELECT * FROM @jobs WHERE id = ANY ($1::text[])", ids);
  const byId = new Map(rows.map((row) => [text(row, "id"), jobOf(row)]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Of the arrival numbers that a page lies between. */
const marks = ["$1", "$2"] as const;

/** A page as the indexes have it; see `readPage` for one that they do not know. */
export async function jobPage(queries: Queries, page: JobPage, lock = ""): Promise<Job[]> {
  const { sql, values } = conditionOf(page, 4);
  const { between, direction, after, through } = arrivalBounds(page, marks);
  const rows = await queries.all(
    `SELECT * FROM @jobs WHERE ${between}${sql} ORDER BY seq ${direction} LIMIT $3 ${lock}`,
    after,
    through,
    page.limit,
    ...values,
  );
  return rows.map(jobOf);
}

/** The first jobs of a slice in an order. */
export async function firstOfSlice(
  queries: Queries,
  filter: JobFilter,
  { slice, order, limit }: FirstJobs & { readonly slice: ArrivalSlice },
): Promise<Job[]> {
  const { sql, values } = conditionOf(filter, 4);
  const { between, after, through } = arrivalBounds(slice, marks);
  const rows = await queries.all(
    `SELECT * FROM @jobs WHERE ${between}${sql} ORDER BY ${sortTerms(order, "@now")} LIMIT $3`,
    after,
    through,
    limit === Infinity ? null : limit,
    ...values,
  );
  return rows.map(jobOf);
}

/** Locks the jobs of these arrival numbers that a filter means, oldest first. */
export async function lockAmong(
  queries: Queries,
  seqs: readonly number[],
  filter: JobFilter,
): Promise<Job[]> {
  const { sql, values } = conditionOf(filter, 2);
  const rows = await queries.all(
    `SELECT * FROM @jobs WHERE seq = ANY ($1::bigint[])${sql} ORDER BY seq FOR UPDATE`,
    seqs,
    ...values,
  );
  return rows.map(jobOf);
}

export async function arrivals(queries: Queries): Promise<Arrivals> {
  const row = (await queries.first("SELECT min(seq) AS first, max(seq) AS last FROM @jobs"))!;
  return row.first === null ? null : { first: number(row, "first"), last: number(row, "last") };
}

/** The sum of some counters, of one queue or of all. */
export async function sumCounters(
  queries: Queries,
  buckets: readonly Bucket[],
  queue: string | null,
): Promise<number> {
  const row = await queries.first(
    `SELECT coalesce(sum(count), 0)::bigint AS count FROM @counters
     WHERE bucket = ANY ($1::text[]) AND queue = coalesce($2::text, queue)`,
    buckets,
    queue,
  );
  return number(row!, "count");
}

export async function countSlice(queries: Queries, filter: JobFilter, slice: ArrivalSlice): Promise<number> {
  const { sql, values } = conditionOf(filter, 3);
  const { between, after, through } = arrivalBounds(slice, marks);
  const row = await queries.first(
    `SELECT count(*) AS count FROM @jobs WHERE ${between}${sql}`,
    after,
    through,
    ...values,
  );
  return number(row!, "count");
}
