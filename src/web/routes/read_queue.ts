import { z } from "zod";
import { findQueue } from "../../operations/change_queue.ts";
import { statusJson, waitingJson, workerJson } from "../../operations/json.ts";
import { listWorkersByHeartbeat, stateOf } from "../../operations/list_workers.ts";
import { queueJson } from "../../operations/queue_json.ts";
import { noJobs } from "../../operations/no_jobs.ts";
import { json, jsonAnswer, route } from "../route.ts";
import { queue as queueSchema } from "../schemas/queue.ts";
import { status } from "../schemas/status.ts";
import { waiting } from "../schemas/waiting.ts";
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

export const waitingRoute = route({
  method: "get",
  path: "/waiting",
  tag: "queue",
  summary: "of each queue the job that waits longest: ready to start, and due before the others",
  description: "The longest wait first. Jobs that the limit of a key holds are not meant.",
  answers: [jsonAnswer(z.array(waiting), "one for each queue in which a job is ready")],
  async handle({ queue }) {
    const store = await queue.store();
    return json(store === null ? [] : (await store.oldestWaiting()).map(waitingJson));
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
