import { z } from "zod";
import { isJobId } from "../../core/job_id.ts";
import { explainJob } from "../../operations/explain_job.ts";
import { explainJson } from "../../operations/explain_json.ts";
import { readGraph } from "../../operations/job_graph.ts";
import { graphJson, jobJson, shownJobJson } from "../../operations/json.ts";
import { listJobs } from "../../operations/list_jobs.ts";
import { listWorkersByHeartbeat } from "../../operations/list_workers.ts";
import { showJob } from "../../operations/show_job.ts";
import type { ServedQueue } from "../../operations/served_queue.ts";
import { unknownJob } from "../../core/errors.ts";
import { arrivalOfPlace, filterOfQuery, listQuery, orderOfQuery, wholeNumber } from "../job_query.ts";
import { RequestRefused } from "../problem_response.ts";
import { json, jsonAnswer, route } from "../route.ts";
import { explanation } from "../schemas/explanation.ts";
import { graph, shownJob } from "../schemas/job.ts";
import { jobPage } from "../schemas/page.ts";

/** How much of each stream's end a job is shown with, in bytes, as by `queuectl show --json`. */
const tailBytes = 4096;

export const listJobsRoute = route({
  method: "get",
  path: "/jobs",
  tag: "jobs",
  summary: "jobs by state and other filters, newest first, page by page",
  description:
    "The filters and orders of queuectl list. Only the order of arrival has pages: every other one looks at " +
    "all that the filters mean, and shows the first of them.",
  query: listQuery,
  answers: [jsonAnswer(jobPage, "a page of jobs")],
  problems: [404],
  handle: async ({ queue, query, signal }) => json(await pageOf(queue, query, signal)),
});

/** A page of what a query means; where who asks has gone, it is not looked for any further. */
async function pageOf(queue: ServedQueue, query: z.infer<typeof listQuery>, signal: AbortSignal) {
  const store = await queue.store();
  const order = orderOfQuery(query.sort);
  if (query.after !== undefined && order.key !== "created") {
    throw new RequestRefused(400, "after needs the order of arrival: sort=created or sort=-created");
  }
  if (store === null) return { jobs: [], next: null, ...(query.count === "true" ? { total: 0 } : {}) };
  const filter = await filterOfQuery(query, store);
  const limit = query.limit ?? 50;
  const after = await arrivalOfPlace(query.after, store);
  // One more than is shown tells whether there are more.
  const isStopped = () => signal.aborted;
  const request = { filter, order, after, limit: limit + 1, isStopped };
  const found = (await Array.fromAsync(listJobs(store, request))).flat();
  const jobs = found.slice(0, limit);
  const hasNext = found.length > limit && order.key === "created";
  return {
    jobs: jobs.map(jobJson),
    next: hasNext ? `@${jobs.at(-1)!.seq}` : null,
    ...(query.count === "true" ? { total: await store.countJobs(filter) } : {}),
  };
}

export const showJobRoute = route({
  method: "get",
  path: "/jobs/{id}",
  tag: "jobs",
  summary: "all of one job, with each of its runs",
  answers: [jsonAnswer(shownJob, "the job")],
  problems: [404],
  async handle({ queue, params }) {
    const id = idOf(params);
    const store = await queue.store();
    return json(shownJobJson(await showJob(store, queue.machine.runs, { id, tailBytes })));
  },
});

export const explainJobRoute = route({
  method: "get",
  path: "/jobs/{id}/explain",
  tag: "jobs",
  summary: "why a job does not run yet, and when it will",
  answers: [jsonAnswer(explanation, "as queuectl explain --json")],
  problems: [404],
  async handle({ queue, params }) {
    const explained = await explainJob(await queue.store(), idOf(params), listWorkersByHeartbeat);
    return json(explainJson(explained, (words) => `queuectl ${words}`));
  },
});

const mostOfGraph = 10_000;

export const graphRoute = route({
  method: "get",
  path: "/jobs/{id}/graph",
  tag: "jobs",
  summary: "what a job waits for, and what waits for it: the nearest ones first",
  query: z.strictObject({
    limit: wholeNumber(1, mostOfGraph).optional().meta({ description: "jobs; 1000" }),
  }),
  answers: [jsonAnswer(graph, "as queuectl graph --json")],
  problems: [404],
  async handle({ queue, params, query: { limit = 1000 } }) {
    return json(graphJson(await readGraph(await queue.store(), idOf(params), limit)));
  },
});

/** The id in a path. What cannot be one names no job. */
export function idOf({ id = "" }: Readonly<Record<string, string>>): string {
  if (isJobId(id)) return id;
  throw unknownJob(id.slice(0, 128), "find");
}
