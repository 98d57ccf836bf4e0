/**
 * Reads what no index knows in slices of arrival numbers. A slice is as wide as takes about `sliceMs`, however large
 * the jobs and the gaps between them are: calls into SQLite block the event loop, and on a server a statement must not
 * outlive the patience for an answer.
 */

import type { Job } from "../core/job.ts";
import { compareJobs } from "../core/job_order.ts";
import type { ArrivalSpan, FirstJobs, JobPage } from "./store.ts";

/** The lowest and the highest arrival number; null where there is no job. */
export type Arrivals = { readonly first: number; readonly last: number } | null;

/** Part of the arrival numbers, in a page's order. */
export interface ArrivalSlice extends ArrivalSpan {
  readonly order: JobPage["order"];
}

const sliceMs = 10;
const firstWidth = 1_000;

/** A page of jobs, whatever it takes to find them. */
export async function readPage(
  page: JobPage,
  arrivals: Arrivals,
  read: (page: JobPage) => Promise<Job[]>,
): Promise<Job[]> {
  const found: Job[] = [];
  await eachSlice(spanOf(page, arrivals), async (slice) => {
    for (const job of await read({ ...page, ...slice, limit: page.limit - found.length })) found.push(job);
    return found.length < page.limit && !page.isStopped?.();
  });
  return found;
}

/** The first jobs in an order, of those that come first in each slice. */
export async function readFirst(
  arrivals: Arrivals,
  { order, limit, now }: FirstJobs & { readonly now: number },
  read: (slice: ArrivalSlice) => Promise<Job[]>,
): Promise<Job[]> {
  const compare = compareJobs(order, now);
  let found: Job[] = [];
  await eachSlice(spanOf({ order: "oldest" }, arrivals), async (slice) => {
    for (const job of await read(slice)) found.push(job);
    if (found.length > 2 * limit) found = found.sort(compare).slice(0, limit);
    return true;
  });
  return found.sort(compare).slice(0, limit);
}

/** The sum over all jobs, or those up to an arrival number. */
export async function sumSlices(
  arrivals: Arrivals,
  through: number | undefined,
  count: (slice: ArrivalSlice) => Promise<number>,
): Promise<number> {
  let sum = 0;
  await eachSlice(spanOf({ order: "oldest", through }, arrivals), async (slice) => {
    sum += await count(slice);
    return true;
  });
  return sum;
}

/** The part of the arrival numbers in which jobs can be. */
function spanOf({ order, after, through }: Omit<JobPage, "limit">, arrivals: Arrivals): ArrivalSlice {
  const { first, last } = arrivals ?? { first: 1, last: 0 };
  return order === "newest"
    ? { order, after: Math.min(after ?? Infinity, last + 1), through: Math.max(through ?? 0, first) }
    : { order, after: Math.max(after ?? 0, first - 1), through: Math.min(through ?? Infinity, last) };
}

/** Looks slice by slice, until `look` says that it is enough. */
async function eachSlice(span: ArrivalSlice, look: (slice: ArrivalSlice) => Promise<boolean>): Promise<void> {
  const { order } = span;
  const step = order === "newest" ? -1 : 1;
  let { after } = span;
  // Newest first a slice holds its last number and not its first, so that it ends below the lowest one.
  const left = () => (span.through - after) * step;
  for (let width = firstWidth; left() > 0;) {
    const through = after + step * Math.min(width, left());
    const startedAt = performance.now();
    if (!await look({ order, after, through })) return;
    const tookMs = performance.now() - startedAt;
    width = tookMs > sliceMs ? Math.max(1, Math.floor(width / 2)) : tookMs < sliceMs / 2 ? 2 * width : width;
    after = through;
    await new Promise((resolve) => setTimeout(resolve));
  }
}
