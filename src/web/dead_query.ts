/** Which dead jobs a request means: the filters of `queuectl dlq`, as parameters of the query or in a body. */

import { z } from "zod";
import { parseDuration } from "../core/duration.ts";
import { isGroupId } from "../core/error_group.ts";
import { longestMs } from "../core/limits.ts";
import { instantOfSince, parseSince } from "../core/since.ts";
import type { JobFilter } from "../store/job_filter.ts";
import type { Store } from "../store/store.ts";
import { listQuery, plainText, sinceText, wholeNumber } from "./job_query.ts";

/** Exit codes are larger on Windows. */
const largestExitCode = 2 ** 32 - 1;

const shared = {
  queue: plainText.optional(),
  older_than: z.string().max(100)
    .refine((text) => (parseDuration(text) ?? Infinity) <= longestMs, 'it must be a duration such as "7d"')
    .optional().meta({ description: "died so long ago, or longer" }),
  since: sinceText.optional().meta({ description: 'died since then: "2h" (ago), or a time with its offset' }),
  contains: plainText.optional().meta({ description: "in the command or the last error" }),
  group: z.string().refine(isGroupId, "it cannot be a group").optional().meta({
    description: "of GET /dead-letters/groups",
  }),
};

/** In a query everything is text. */
export const deadQuery = z.strictObject({ ...shared, exit_code: wholeNumber(0, largestExitCode).optional() });
export const deadListQuery = deadQuery.extend({ limit: listQuery.shape.limit, after: listQuery.shape.after });
export const deadFilter = z.strictObject({
  ...shared,
  exit_code: z.int().min(0).max(largestExitCode).optional(),
});

export async function deadFilterOf(
  { queue, older_than, since, contains, exit_code }: Omit<z.infer<typeof deadFilter>, "group">,
  store: Store,
): Promise<JobFilter> {
  const now = await store.now();
  return {
    state: "dead",
    queue,
    finishedUntil: older_than === undefined ? undefined : now - parseDuration(older_than)!,
    finishedSince: since === undefined ? undefined : instantOfSince(parseSince(since)!, now),
    exitCode: exit_code,
    contains,
  };
}
