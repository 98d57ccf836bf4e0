import { roughDuration } from "../../core/duration.ts";
import { formatRate } from "../../core/rate.ts";
import type { QueueReport } from "../../store/queues.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { isoTime } from "../../operations/json.ts";
import { queueJson, throttleOf } from "../../operations/queue_json.ts";
import type { Paint } from "../paint.ts";
import type { Session } from "../session.ts";
import { table } from "../table.ts";
import { noOperands } from "../words.ts";

export const queueList: Command<void> = {
  name: "queue list",
  summary: "the queues, their limits, and what is in them",
  usage: ["[--json]"],
  details: [
    "All that have jobs, also finished ones, or settings. RUNNING is how many of its jobs run now, and how many may. A paused " +
    "queue accepts jobs and starts none; a draining one starts what it has and accepts no more.",
  ],
  flags: [jsonFlag],
  examples: [
    { line: "queuectl queue list", does: "for people" },
    { line: "queuectl queue list --json | jq '.[] | select(.pending > 100) | .name'", does: "for scripts" },
  ],
  permissions: ["read"],
  usesStore: true,
  parse: (words) => noOperands(words, "queue list"),
  async run(_, session) {
    const store = await session.readStore();
    const reports = await store?.queues() ?? [];
    const now = await store?.now() ?? session.world.now();
    if (session.json) session.printJson(reports.map((report) => queueJson(report, now)));
    else if (reports.length === 0) {
      session.say(`No queues. The first job makes one: ${session.commandLine("enqueue -- echo hello")}`);
    } else session.print(queueTable(reports, now, session));
    return 0;
  },
};

function queueTable(reports: readonly QueueReport[], now: number, session: Session): string {
  const { stdout } = session.world;
  const numbers = ["PENDING", "BLOCKED", "COMPLETED", "DEAD"].map((title) => ({ title, alignRight: true }));
  const columns = [
    { title: "QUEUE", isFlexible: true },
    { title: "STATE" },
    { title: "RUNNING", alignRight: true },
    { title: "KEY LIMIT", alignRight: true },
    { title: "RATE", alignRight: true },
    ...numbers,
  ];
  const rows = reports.map(({ queue, byState, live }) => {
    const until = throttleOf(queue, now);
    const throttled = until === null
      ? ""
      : stdout.isTerminal
      ? `, throttled ${roughDuration(until - now)}`
      : `, throttled until ${isoTime(until)}`;
    return [
      { text: queue.name },
      { text: queue.state + throttled, colour: colourOf(queue.state, until !== null) },
      { text: queue.limit === null ? String(live) : `${live}/${queue.limit}` },
      { text: queue.keyLimit === null ? "-" : String(queue.keyLimit) },
      { text: queue.rate === null ? "-" : formatRate(queue.rate) },
      ...[byState.pending, byState.blocked, byState.completed, byState.dead].map((count) => ({
        text: String(count),
      })),
    ];
  });
  return table(stdout, columns, rows);
}

function colourOf(state: string, isThrottled: boolean): Paint {
  return state === "open" && !isThrottled ? "green" : "yellow";
}
