import { z } from "zod";
import { errorGroupOf } from "../../core/error_group.ts";
import type { Job } from "../../core/job.ts";
import { paceRule, parsePace } from "../../core/pace.ts";
import { retryJobs } from "../../operations/change_jobs.ts";
import { deadPages, findDead, groupDead, retryFound } from "../../operations/dead_letters.ts";
import { changedJson, deadGroupJson, jobJson } from "../../operations/json.ts";
import { giveBackAll, removePage } from "../../operations/remove_finished.ts";
import type { JobFilter } from "../../store/job_filter.ts";
import type { Store } from "../../store/store.ts";
import { deadFilter, deadFilterOf, deadListQuery, deadQuery } from "../dead_query.ts";
import { arrivalOfPlace } from "../job_query.ts";
import { json, jsonAnswer, route } from "../route.ts";
import { deadGroup, purgedDead, retriedDead } from "../schemas/dead_letter.ts";
import { changed } from "../schemas/job.ts";
import { jobPage } from "../schemas/page.ts";
import { writeStore } from "../write_store.ts";

/** How many are read at once to find those of a group. */
const pageSize = 500;

export const deadLettersRoute = route({
  method: "get",
  path: "/dead-letters",
  tag: "dead letters",
  summary: "jobs that were given up, newest first, page by page",
  query: deadListQuery,
  answers: [jsonAnswer(jobPage, "a page of jobs")],
  problems: [404],
  async handle({ queue, query: { group, limit = 50, after: place, ...given } }) {
    const store = await queue.store();
    if (store === null) return json({ jobs: [], next: null });
    const after = await arrivalOfPlace(place, store);
    const found = await newestDead(store, await deadFilterOf(given, store), {
      group,
      after,
      limit: limit + 1,
    });
    const jobs = found.slice(0, limit);
    return json({
      jobs: jobs.map((job) => jobJson({ ...job, progress: null })),
      next: found.length > limit ? `@${jobs.at(-1)!.seq}` : null,
    });
  },
});

interface DeadPage {
  readonly group: string | undefined;
  readonly after: number | undefined;
  readonly limit: number;
}

async function newestDead(
  store: Store,
  filter: JobFilter,
  { group, after, limit }: DeadPage,
): Promise<Job[]> {
  if (group === undefined) return await store.jobs({ ...filter, order: "newest", after, limit });
  const found: Job[] = [];
  for (let from = after;;) {
    const page: Job[] = await store.jobs({ ...filter, order: "newest", after: from, limit: pageSize });
    found.push(...page.filter((job) => errorGroupOf(job).id === group));
    if (found.length >= limit || page.length < pageSize) return found.slice(0, limit);
    from = page.at(-1)!.seq;
  }
}

export const deadGroupsRoute = route({
  method: "get",
  path: "/dead-letters/groups",
  tag: "dead letters",
  summary: "dead jobs by what they died of, the largest group first",
  query: deadQuery.omit({ group: true }),
  answers: [jsonAnswer(z.array(deadGroup), "as queuectl dlq list --group --json")],
  async handle({ queue, query }) {
    const store = await queue.store();
    if (store === null) return json([]);
    return json((await groupDead(store, await deadFilterOf(query, store))).map(deadGroupJson));
  },
});

const pace = z.string().max(20).refine((text) => parsePace(text) !== undefined, paceRule).optional()
  .meta({ description: 'how many are due in which time, such as "10/s"' });
/** As with dlq retry --cascade. */
const cascade = z.boolean().optional();
const someIds = z.strictObject({
  ids: z.array(z.string().min(1).max(128)).min(1).max(10_000),
  cascade,
});

/** Nothing is meant by leaving everything out. */
const named = (filter: z.infer<typeof deadFilter>) => Object.keys(filter).length > 0;
const filter = deadFilter.refine(named, "it says nothing; for all of them: all");

export const retryDeadRoute = route({
  method: "post",
  path: "/dead-letters/retry",
  tag: "dead letters",
  summary: "give dead jobs all their attempts again: by their ids, of a filter or group, or all of them",
  changes: true,
  body: z.union([
    someIds,
    z.strictObject({ filter, pace, cascade }),
    z.strictObject({ all: z.literal(true), pace, cascade }),
  ]),
  answers: [jsonAnswer(z.union([changed, retriedDead]), "by ids their states, else how many it were")],
  problems: [404],
  async handle({ queue, body }) {
    const store = await writeStore(queue);
    const { cascade = false } = body;
    if ("ids" in body) {
      const { ids } = body;
      const { states } = await retryJobs(store, queue.machine, { ids, from: "dead", cascade });
      return json(changedJson(ids, states));
    }
    const { group = null, ...given } = "filter" in body ? body.filter : {};
    const found = await findDead(store, { filter: await deadFilterOf(given, store), group });
    const stepMs = body.pace === undefined ? null : parsePace(body.pace)!;
    const { retried, withoutKey } = await retryFound(store, queue.machine, {
      found,
      stepMs,
      cascade,
      onBatch: () => {},
    });
    return json({ retried, without_key: withoutKey });
  },
});

export const purgeDeadRoute = route({
  method: "post",
  path: "/dead-letters/purge",
  tag: "dead letters",
  summary: "delete dead jobs with their history and output: of a filter or group, or all of them",
  changes: true,
  body: z.union([z.strictObject({ filter }), z.strictObject({ all: z.literal(true) })]),
  answers: [jsonAnswer(purgedDead, "how many it were")],
  async handle({ queue, body }) {
    const store = await writeStore(queue);
    const { group = null, ...given } = "filter" in body ? body.filter : {};
    const found = await findDead(store, { filter: await deadFilterOf(given, store), group });
    let deleted = 0;
    for await (const jobs of deadPages(store, found)) {
      deleted += await removePage(store, queue.machine, { jobs, filter: found.filter, onBatch: () => {} });
    }
    if (deleted > 0) await giveBackAll(store);
    return json({ deleted });
  },
});
