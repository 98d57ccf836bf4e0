/** Unique keys in PostgreSQL: locked, freed, taken again, checked. Each function is part of one transaction. */

import { keyInUse } from "../../core/errors.ts";
import type { Job } from "../../core/job.ts";
import { number, text } from "../rows.ts";
import { keyFaultLines } from "../unique_plan.ts";
import type { Queries } from "./connection.ts";

/** Names our locks among others of the database. */
const lockClass = 0x71637475;
/** Keys share so many locks, so that a large batch does not use up the server's room for them. */
const lockCount = 256;

/**
 * Lets nobody else take these keys until the transaction ends. Before any job is locked, in one order for all;
 * otherwise two could wait for each other.
 */
export async function lockKeys(queries: Queries, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await queries.all(
    `SELECT pg_advisory_xact_lock(${lockClass}, place) FROM (
       SELECT DISTINCT abs(hashtext(key)::bigint % ${lockCount})::int AS place FROM unnest($1::text[]) AS key ORDER BY 1
     ) AS places`,
    keys,
  );
}

/** Of jobs that are over; a key that is taken until an instant stays taken. */
export async function freeKeys(queries: Queries, seqs: readonly number[]): Promise<void> {
  if (seqs.length === 0) return;
  await queries.run(
    "DELETE FROM @unique_keys WHERE job_seq = ANY ($1::bigint[]) AND expires_at IS NULL",
    seqs,
  );
}

/** The same of those jobs, by their ids, that were over as soon as they were stored: they wait in vain. */
export async function freeKeysInVain(queries: Queries, ids: readonly string[]): Promise<void> {
  await queries.run(
    `DELETE FROM @unique_keys WHERE expires_at IS NULL AND job_seq = ANY (ARRAY(
       SELECT seq FROM @jobs WHERE id = ANY ($1::text[]) AND state = 'cancelled'
     ))`,
    ids,
  );
}

/**
 * Takes the keys of jobs that are to be tried again, until they are over; returns the arrival numbers of those whose
 * keys others have. Of several jobs of one key the first gets it. The keys are locked.
 */
export async function takeKeysAgain(queries: Queries, jobs: readonly Job[]): Promise<ReadonlySet<number>> {
  const without = new Set<number>();
  for (const { seq, uniqueKey } of jobs) {
    if (uniqueKey === null) continue;
    const row = await queries.first(
      `INSERT INTO @unique_keys AS held (key, job_seq, expires_at) VALUES ($1, $2, NULL)
       ON CONFLICT (key) DO UPDATE SET job_seq = excluded.job_seq,
         expires_at = CASE WHEN held.expires_at > @now THEN held.expires_at END
       WHERE held.job_seq = excluded.job_seq OR held.expires_at <= @now
       RETURNING job_seq`,
      uniqueKey,
      seq,
    );
    if (row === undefined) without.add(seq);
  }
  return without;
}

/** Throws where another job has the key of one that is to be tried again. */
export async function refuseKeyless(queries: Queries, job: Job): Promise<void> {
  if ((await takeKeysAgain(queries, [job])).size === 0) return;
  const row = await queries.first(
    "SELECT id FROM @unique_keys JOIN @jobs ON seq = job_seq WHERE key = $1",
    job.uniqueKey,
  );
  throw keyInUse(job.id, job.uniqueKey!, text(row!, "id"));
}

/** What is wrong with the keys, one line each. */
export async function keyFaults(queries: Queries): Promise<string[]> {
  const row = (await queries.first(
    `SELECT count(*) FILTER (WHERE unique_key IS DISTINCT FROM key) AS strange,
            count(*) FILTER (WHERE keys.expires_at IS NULL AND state IN ('completed', 'dead', 'cancelled')) AS kept
     FROM @unique_keys AS keys JOIN @jobs ON seq = job_seq`,
  ))!;
  return keyFaultLines({ strange: number(row, "strange"), kept: number(row, "kept") });
}
