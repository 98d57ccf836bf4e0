/** The routes of the API that pages call, by name. */

import { ask } from "./ask.ts";
import type { QueryValues } from "./query_text.ts";
import type {
  Accepted,
  CancelledMany,
  Changed,
  DeadGroup,
  Explanation,
  Graph,
  JobPage,
  PurgedDead,
  Queue,
  RenamedQueue,
  RetriedDead,
  Server,
  ShownJob,
  Statistics,
  Status,
  Waiting,
  Worker,
} from "./types.ts";

type Signal = AbortSignal;

export const readServer = (signal?: Signal) => ask<Server>("/server", given(signal));
export const readStatus = (signal?: Signal) => ask<Status>("/status", given(signal));
export const readStatistics = (query: QueryValues, signal?: Signal) =>
  ask<Statistics>("/stats", { query, ...given(signal) });
export const readWaiting = (signal?: Signal) => ask<Waiting[]>("/waiting", given(signal));
export const readWorkers = (signal?: Signal) => ask<Worker[]>("/workers", given(signal));
export const readQueues = (signal?: Signal) => ask<Queue[]>("/queues", given(signal));
export const changeQueue = (name: string, body: unknown) =>
  ask<Queue>(`/queues/${encodeURIComponent(name)}`, { method: "PATCH", body });
export const renameQueue = (name: string, to: string) =>
  ask<RenamedQueue>(`/queues/${encodeURIComponent(name)}/rename`, { body: { to } });
/** Of each queue that could start a job since when it could. */

export const listJobs = (query: QueryValues, signal?: Signal) =>
  ask<JobPage>("/jobs", { query, ...given(signal) });
export const readJob = (id: string, signal?: Signal) => ask<ShownJob>(jobPath(id), given(signal));
export const explainJob = (id: string, signal?: Signal) =>
  ask<Explanation>(`${jobPath(id)}/explain`, given(signal));
/** `limit` jobs at most, the nearest ones first; up to 10,000. */
export const readGraph = (id: string, limit: number, signal?: Signal) =>
  ask<Graph>(`${jobPath(id)}/graph`, { query: { limit }, ...given(signal) });
/** The key is made once for each form that is filled in, so that a request that is sent twice stores one job. */
export const enqueue = (job: Readonly<Record<string, unknown>>, idempotencyKey: string) =>
  ask<Accepted>("/jobs", { body: job, idempotencyKey });
export const editJob = (id: string, body: Readonly<Record<string, unknown>>) =>
  ask<ShownJob>(jobPath(id), { method: "PATCH", body });

/** What can be done to many jobs at once; refused as a whole where one of them cannot be found or changed. */
export type BulkAction = "cancel" | "retry" | "remove";
export const changeJobs = (action: BulkAction, ids: readonly string[]) =>
  ask<Changed>(`/jobs/${action}`, { body: { ids } });
/** Also lets those wait for it again that were cancelled since it ended in vain. */
export const retryWithChildren = (id: string) =>
  ask<Changed>("/jobs/retry", { body: { ids: [id], cascade: true } });

/** Cancels all that a filter means and that is not over. */
export const cancelMatching = (filter: QueryValues) =>
  ask<CancelledMany>("/jobs/cancel", { body: { filter } });

export const listDead = (query: QueryValues, signal?: Signal) =>
  ask<JobPage>("/dead-letters", { query, ...given(signal) });
export const groupDead = (query: QueryValues, signal?: Signal) =>
  ask<DeadGroup[]>("/dead-letters/groups", { query, ...given(signal) });
export const retryDead = (body: unknown) => ask<RetriedDead | Changed>("/dead-letters/retry", { body });
export const purgeDead = (body: unknown) => ask<PurgedDead>("/dead-letters/purge", { body });

function jobPath(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`;
}

function given(signal: Signal | undefined): { readonly signal?: Signal } {
  return signal === undefined ? {} : { signal };
}
