import { takesQueue } from "../../core/queue.ts";
import { formatRate } from "../../core/rate.ts";
import { jobStates } from "../../core/job.ts";
import { shownWebhook } from "../../core/webhook_url.ts";
import { findQueue } from "../../operations/change_queue.ts";
import { stateOf } from "../../operations/list_workers.ts";
import type { QueueReport } from "../../store/queues.ts";
import type { Store } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { defaultsText, oneQueue } from "../queue_words.ts";
import { whenText } from "../when_text.ts";
import { isoTime } from "../../operations/json.ts";
import { queueJson, throttleOf } from "../../operations/queue_json.ts";
import type { Session } from "../session.ts";

export const queueShow: Command<string> = {
  name: "queue show",
  summary: "all of one queue: limits, defaults, jobs and workers",
  usage: ["NAME [--json]"],
  flags: [jsonFlag],
  examples: [
    { line: "queuectl queue show video", does: "for people" },
    { line: "queuectl queue show video --json | jq .pending", does: "for scripts" },
  ],
  permissions: ["read"],
  usesStore: true,
  parse: oneQueue,
  async run(name, session) {
    const store = await session.readStore();
    const report = await findQueue(store, name, "show");
    const now = await store!.now();
    if (session.json) session.printJson(queueJson(report, now));
    else session.print(await text(report, { store: store!, now }, session));
    return 0;
  },
};

async function text(
  { queue, byState, failed, live }: QueueReport,
  { store, now }: { readonly store: Store; readonly now: number },
  session: Session,
): Promise<string> {
  const alive = (await store.workers()).filter((worker) => stateOf(worker, now) !== "silent");
  const taking = alive.filter(({ queues }) => takesQueue(queues, queue.name)).length;
  const until = throttleOf(queue, now);
  const counts = jobStates.filter((state) => byState[state] > 0).map((state) =>
    `${byState[state]} ${state}${state === "pending" && failed > 0 ? ` (${failed} failed before)` : ""}`
  );
  const throttled = until === null
    ? []
    : [["throttled", session.world.stdout.isTerminal ? `until ${whenText(until, now)}` : isoTime(until)]];
  const lines = [
    ["queue", queue.name],
    ["state", queue.state],
    ["limit", queue.limit === null ? `none (${live} running)` : `${queue.limit} (${live} running)`],
    ["key-limit", queue.keyLimit === null ? "none" : String(queue.keyLimit)],
    ["rate", queue.rate === null ? "none" : formatRate(queue.rate)],
    ...throttled,
    ...(queue.webhook === null ? [] : [["webhook", shownWebhook(queue.webhook)]]),
    ["defaults", defaultsText(queue.defaults)],
    ["jobs", counts.join(", ") || "none"],
    ["workers", `${taking} of ${alive.length} take its jobs`],
  ];
  return lines.map(([title, value]) => `${title!.padEnd(11)}${value}`).join("\n");
}
