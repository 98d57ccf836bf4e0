import { z } from "zod";
import { QueueError } from "../../core/errors.ts";
import { isFinal, type JobState } from "../../core/job.ts";
import { editableFields, readChanges } from "../../core/job_changes.ts";
import { jobSignals, parseSignal } from "../../core/signals.ts";
import { didYouMean } from "../../core/suggest.ts";
import { cancelMatching, findUnfinished } from "../../operations/cancel_matching.ts";
import { cancelJobs, removeJobs, retryJobs, signalJobs } from "../../operations/change_jobs.ts";
import { editJob } from "../../operations/edit_job.ts";
import { changedJson, jobJson } from "../../operations/json.ts";
import type { ServedQueue } from "../../operations/served_queue.ts";
import type { Call } from "../route.ts";
import { filterOfQuery, filterQuery } from "../job_query.ts";
import { json, jsonAnswer, route } from "../route.ts";
import { cancelledMany, changed, job, signalled } from "../schemas/job.ts";
import { isEditableField, jobChanges } from "../schemas/new_job.ts";
import { noWords } from "../no_words.ts";
import { writeStore } from "../write_store.ts";
import { idOf } from "./read_jobs.ts";

const one = changed.element;

/** Ids in a body; what cannot be an id names no job, which the operation says. */
const someIds = z.strictObject({ ids: z.array(z.string().min(1).max(128)).min(1).max(10_000) });

/** Whether jobs that were cancelled since these ended in vain wait for them again, as with retry --cascade. */
const cascading = z.strictObject({ cascade: z.boolean().optional() });

export const editJobRoute = route({
  method: "patch",
  path: "/jobs/{id}",
  tag: "jobs",
  summary: "change a job that waits",
  changes: true,
  body: jobChanges,
  answers: [jsonAnswer(job, "the job as it is now")],
  problems: [404],
  async handle({ queue, params, body }) {
    const id = idOf(params);
    const unknown = Object.keys(body).find((name) => !isEditableField(name));
    if (unknown !== undefined || Object.keys(body).length === 0) {
      const found = unknown === undefined
        ? "nothing to change is given"
        : `"${unknown}" is no field that can be changed`;
      throw new QueueError("usage", `Cannot edit job "${id}": ${found}`, {
        hint: (unknown === undefined ? undefined : didYouMean(unknown, editableFields)) ??
          `Fields are: ${editableFields.join(", ")}`,
      });
    }
    const changes = readChanges(body, { subject: `job "${id}"`, readWords: noWords });
    const { after } = await editJob(await writeStore(queue), queue.machine, { id, changes });
    return json(jobJson({ ...after, progress: null }));
  },
});

export const cancelJobRoute = route({
  method: "post",
  path: "/jobs/{id}/cancel",
  tag: "jobs",
  summary: "let a job not run, or end its run",
  description: "A job that is over stays as it is.",
  changes: true,
  answers: [jsonAnswer(one, "the state that it was found in")],
  problems: [404],
  handle: (call) =>
    changeOne(call, async (id, queue) => cancelJobs(await writeStore(queue), queue.machine, [id])),
});

export const signalJobRoute = route({
  method: "post",
  path: "/jobs/{id}/signal",
  tag: "jobs",
  summary: "send a signal to the processes of a job that runs",
  changes: true,
  body: z.strictObject({
    signal: z.string().refine((text) => parseSignal(text) !== undefined, "it is no signal for that")
      .meta({ enum: [...jobSignals] }),
  }),
  answers: [jsonAnswer(signalled, "it is on its way")],
  problems: [404],
  async handle({ queue, params, body }) {
    const id = idOf(params);
    const signal = parseSignal(body.signal)!;
    await signalJobs(await writeStore(queue), queue.machine, { ids: [id], signal });
    return json({ id, was: "processing", signal });
  },
});

export const retryJobRoute = route({
  method: "post",
  path: "/jobs/{id}/retry",
  tag: "jobs",
  summary: "let a job run again, or at once",
  changes: true,
  body: cascading,
  bodyIsOptional: true,
  answers: [jsonAnswer(one, "the state that it was found in")],
  problems: [404],
  handle: (call) =>
    changeOne(call, async (id, queue) => {
      const options = { ids: [id], from: "any", cascade: call.body?.cascade ?? false } as const;
      return (await retryJobs(await writeStore(queue), queue.machine, options)).states;
    }),
});

export const removeJobRoute = route({
  method: "delete",
  path: "/jobs/{id}",
  tag: "jobs",
  summary: "delete a job with its history and output",
  changes: true,
  answers: [jsonAnswer(one, "the state that it was found in")],
  problems: [404],
  handle: (call) =>
    changeOne(call, async (id, queue) => removeJobs(await writeStore(queue), queue.machine, [id])),
});

export const cancelManyRoute = route({
  method: "post",
  path: "/jobs/cancel",
  tag: "jobs",
  summary: "cancel jobs by their ids, or all that a filter means",
  changes: true,
  body: z.union([someIds, z.strictObject({ filter: filterQuery })]),
  answers: [
    jsonAnswer(z.union([changed, cancelledMany]), "by ids their states, by a filter how many it were"),
  ],
  problems: [404],
  async handle({ queue, body }) {
    const store = await writeStore(queue);
    if ("ids" in body) {
      return json(changedJson(body.ids, await cancelJobs(store, queue.machine, body.ids)));
    }
    const { state } = body.filter;
    if (
      Object.keys(body.filter).length === 0 || (state !== undefined && state !== "failed" && isFinal(state))
    ) {
      throw new QueueError(
        "usage",
        "Cannot cancel jobs: the filter says nothing, or means jobs that are over",
        {
          hint: 'Such as: {"filter":{"state":"pending"}}',
        },
      );
    }
    const matching = await findUnfinished(store, await filterOfQuery(body.filter, store));
    return json(await cancelMatching(store, queue.machine, { matching, onBatch: () => {} }));
  },
});

export const retryManyRoute = route({
  method: "post",
  path: "/jobs/retry",
  tag: "jobs",
  summary: "let jobs run again, or at once",
  changes: true,
  body: someIds.extend(cascading.shape),
  answers: [jsonAnswer(changed, "the states that they were found in")],
  problems: [404],
  async handle({ queue, body: { ids, cascade = false } }) {
    const store = await writeStore(queue);
    const { states } = await retryJobs(store, queue.machine, { ids, from: "any", cascade });
    return json(changedJson(ids, states));
  },
});

export const removeManyRoute = route({
  method: "post",
  path: "/jobs/remove",
  tag: "jobs",
  summary: "delete jobs with their history and output",
  changes: true,
  body: someIds,
  answers: [jsonAnswer(changed, "the states that they were found in")],
  problems: [404],
  async handle({ queue, body: { ids } }) {
    return json(changedJson(ids, await removeJobs(await writeStore(queue), queue.machine, ids)));
  },
});

type Change = (id: string, queue: ServedQueue) => Promise<readonly JobState[]>;

async function changeOne(
  { queue, params }: Pick<Call<unknown, unknown>, "queue" | "params">,
  change: Change,
): Promise<Response> {
  const id = idOf(params);
  return json(changedJson([id], await change(id, queue))[0]);
}
