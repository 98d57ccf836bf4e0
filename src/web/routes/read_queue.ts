import { z } from "zod";
import { findQueue } from "../../operations/change_queue.ts";
import { isoTime, statusJson, workerJson } from "../../operations/json.ts";
import { listWorkersByHeartbeat, stateOf } from "../../operations/list_workers.ts";
import { queueJson } from "../../operations/queue_json.ts";
import { noJobs } from "../../operations/no_jobs.ts";
import { json, jsonAnswer, route } from "../route.ts";
import { oldestWaiting, queue as queueSchema } from "../schemas/queue.ts";
import { status } from "../schemas/status.ts";
import { worker } from "../schemas/worker.ts";

export const statusRoute = route({
  method: "get",
  path: "/status",
  tag: "queue",
  summary: "how many jobs are in each state, and what the workers do",
  answers: [jsonAnswer(status, "as queuectl status --json")],
  async handle({ queue }) {
    const store = await queue.store();
    if (store === null) return json(statusJson(noJobs, { alive: [] }));
    const [counts, workers, now] = await Promise.all([store.counts(), store.workers(), store.now()]);
    return json(statusJson(counts, { alive: workers.filter((each) => stateOf(each, now) !== "silent") }));
  },
});

export const workersRoute = route({
  method: "get",
  path: "/workers",
  tag: "queue",
  summary: "every registered worker, oldest first",
  description:
    "Told by heartbeats alone: this server looks at no process, so a worker that has died is silent after " +
    "its lease, and never gone.",
  answers: [jsonAnswer(z.array(worker), "as queuectl worker list --json")],
  async handle({ queue }) {
    const store = await queue.store();
    return json(store === null ? [] : (await listWorkersByHeartbeat(store)).map(workerJson));
  },
});

export const queuesRoute = route({
  method: "get",
  path: "/queues",
  tag: "queues",
  summary: "the queues, their limits, and what is in them",
  answers: [jsonAnswer(z.array(queueSchema), "as queuectl queue list --json")],
  async handle({ queue }) {
    const store = await queue.store();
    if (store === null) return json([]);
    const now = await store.now();
    return json((await store.queues()).map((report) => queueJson(report, now)));
  },
});

export const queueRoute = route({
  method: "get",
  path: "/queues/{name}",
  tag: "queues",
  summary: "one queue",
  answers: [jsonAnswer(queueSchema, "as queuectl queue show --json")],
  problems: [404],
  async handle({ queue, params }) {
    const store = await queue.store();
    const report = await findQueue(store, params.name!, "show");
    return json(queueJson(report, await store!.now()));
  },
});

export const oldestWaitingRoute = route({
  method: "get",
  path: "/oldest-waiting",
  tag: "queues",
  summary: "since when the queues wait: of each the job that could start and was due first",
  description: "The longest wait first. A queue with nothing that could start is not among them.",
  answers: [jsonAnswer(z.array(oldestWaiting), "queues with the time since when their oldest job is due")],
  async handle({ queue }) {
    const found = await (await queue.store())?.oldestWaiting() ?? [];
    return json(found.map(({ queue: name, dueAt }) => ({ queue: name, due_at: isoTime(dueAt) })));
  },
});
