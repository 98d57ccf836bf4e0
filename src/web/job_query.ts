/** Which jobs a request means: the filters of `queuectl list`, as parameters of the query. */

import { z } from "zod";
import { QueueError } from "../core/errors.ts";
import { stateFilters } from "../core/job.ts";
import { isJobId } from "../core/job_id.ts";
import { formatJobOrder, type JobOrder, jobSortKeys, parseJobOrder } from "../core/job_order.ts";
import { instantOfSince, parseSince } from "../core/since.ts";
import type { JobFilter } from "../store/job_filter.ts";
import type { Store } from "../store/store.ts";

export const plainText = z.string().min(1).max(1000)
  .refine((text) => !text.includes("\0") && text.isWellFormed(), "no job can have that");

export const sinceText = z.string().max(100).refine(
  (text) => parseSince(text) !== undefined,
  "it is no time",
);
const pair = plainText.refine((text) => text.indexOf("=") > 0, "it must be NAME=VALUE");
const orders = jobSortKeys.flatMap((key) =>
  [false, true].map((isDescending) => formatJobOrder({ key, isDescending }))
);

/** The filters; of several all must be true. */
export const filterQuery = z.strictObject({
  state: z.enum(stateFilters).optional().meta({ description: "failed: those that wait for another attempt" }),
  queue: plainText.optional(),
  label: plainText.optional().meta({ description: "exactly this one" }),
  meta: z.array(pair).optional().meta({ description: "NAME=VALUE; repeatable, and all must be there" }),
  text: plainText.optional().meta({ description: "in the id, the label, the command or the last error" }),
  command_contains: plainText.optional().meta({ description: "in large or small letters" }),
  since: sinceText.optional()
    .meta({
      description: 'enqueued since then: "2h" (ago), or a time with its offset',
    }),
});

/** A whole number in a query. */
export function wholeNumber(from: number, to: number) {
  return z.string().regex(/^\d{1,15}$/).transform(Number)
    .refine((value) => value >= from && value <= to, `it must be from ${from} to ${to}`)
    .meta({ type: "integer", minimum: from, maximum: to, pattern: undefined });
}

export const mostJobsAPage = 1000;

export const listQuery = filterQuery.extend({
  sort: z.enum(orders).optional().meta({
    description: "-created where none is given; only created and -created have pages",
  }),
  limit: wholeNumber(1, mostJobsAPage).optional().meta({ description: "50 where none is given" }),
  after: z.string().max(128).refine((text) => /^@\d{1,15}$/.test(text) || isJobId(text), "it is no place")
    .optional().meta({ description: "next of the page before, or the id of a job" }),
  count: z.enum(["true", "false"]).optional().meta({
    description: "whether to count all that the filters mean, which may take longer than the page",
  }),
});

export async function filterOfQuery(
  { state, queue, label, meta, text, command_contains, since }: z.infer<typeof filterQuery>,
  store: Store,
): Promise<JobFilter> {
  return {
    state,
    queue,
    label,
    meta: meta === undefined ? undefined : Object.fromEntries(meta.map(splitPair)),
    text,
    commandContains: command_contains,
    since: since === undefined ? undefined : instantOfSince(parseSince(since)!, await store.now()),
  };
}

function splitPair(text: string): [string, string] {
  const equals = text.indexOf("=");
  return [text.slice(0, equals), text.slice(equals + 1)];
}

export function orderOfQuery(sort: string | undefined): JobOrder {
  return sort === undefined ? { key: "created", isDescending: true } : parseJobOrder(sort)!;
}

/** The arrival number of a place in the order of arrival. */
export async function arrivalOfPlace(text: string | undefined, store: Store): Promise<number | undefined> {
  if (text === undefined) return undefined;
  if (text.startsWith("@")) return Number(text.slice(1));
  const job = await store.job(text);
  if (job !== null) return job.seq;
  throw new QueueError("not_found", `Cannot list jobs after "${text}": there is no such job`, {
    hint: "Where jobs may be gone, go on from an arrival number, as next gives it: after=@17",
  });
}
