import { roughDuration } from "../../core/duration.ts";
import { formatResources } from "../../core/demand.ts";
import { defaultQueueName } from "../../core/queue.ts";
import { formatTags } from "../../core/tags.ts";
import { type ListedWorker, listWorkers } from "../../operations/list_workers.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { isoTime, workerJson } from "../../operations/json.ts";
import { stateColour } from "../paint.ts";
import type { Session } from "../session.ts";
import { table } from "../table.ts";
import { noOperands } from "../words.ts";

export const workerList: Command<void> = {
  name: "worker list",
  summary: "the workers, and what each one does",
  usage: ["[--json]"],
  details: [
    "States: idle, busy, stopping (finishes its jobs), silent (no heartbeat for a lease), gone (its process has ended " +
    "without a word). An unsupervised worker works on, but nobody replaces it. One that its host holds back (max_load, " +
    "min_memory) says why.",
  ],
  flags: [jsonFlag],
  examples: [
    { line: "queuectl worker list", does: "id, pid, host, state, job, heartbeat" },
    { line: "queuectl worker list --json | jq '.[].pid'", does: "for scripts" },
  ],
  permissions: ["read", "run", "sys"],
  usesStore: true,
  parse: (words) => noOperands(words, "worker list"),
  async run(_, session) {
    const store = await session.readStore();
    const workers = store === null ? [] : await listWorkers(store, session.home.machine());
    if (session.json) session.printJson(workers.map(workerJson));
    else if (workers.length === 0) {
      session.say(`No workers. Start one: ${session.commandLine("worker start")}`);
    } else session.print(workerTable(workers, await store!.now(), session));
    return 0;
  },
};

function workerTable(workers: readonly ListedWorker[], now: number, session: Session): string {
  const { stdout } = session.world;
  const areTagged = workers.some((worker) => worker.tags.length > 0);
  const haveQueues = workers.some(({ queues }) => queues.join() !== defaultQueueName);
  const haveResources = workers.some(({ resources }) => Object.keys(resources).length > 0);
  const areHeld = workers.some(({ held }) => held !== null);
  const columns = [
    { title: "ID" },
    { title: "PID", alignRight: true },
    { title: "HOST" },
    { title: "STATE" },
    { title: "HEARTBEAT", alignRight: true },
    ...(haveQueues ? [{ title: "QUEUES" }] : []),
    ...(areTagged ? [{ title: "TAGS" }] : []),
    ...(haveResources ? [{ title: "RESOURCES" }] : []),
    ...(areHeld ? [{ title: "HELD", isFlexible: true }] : []),
    { title: "JOBS", isFlexible: true },
  ];
  const rows = workers.map((worker) => [
    { text: worker.id },
    { text: String(worker.pid) },
    { text: worker.hostName },
    {
      text: worker.isSupervised ? worker.state : `${worker.state}, unsupervised`,
      colour: stateColour(worker.state),
    },
    {
      text: stdout.isTerminal
        ? `${roughDuration(now - worker.heartbeatAt)} ago`
        : isoTime(worker.heartbeatAt),
    },
    ...(haveQueues ? [{ text: worker.queues.join() }] : []),
    ...(areTagged ? [{ text: formatTags(worker.tags) || "-" }] : []),
    ...(haveResources ? [{ text: formatResources(worker.resources) || "-" }] : []),
    ...(areHeld ? [{ text: worker.held ?? "-", colour: "yellow" as const }] : []),
    { text: jobsText(worker) },
  ]);
  return table(stdout, columns, rows);
}

function jobsText({ jobs, adopted }: ListedWorker): string {
  if (jobs.length === 0) return "-";
  return jobs.map((id) => adopted.includes(id) ? `${id} (adopted)` : id).join(", ");
}
