import { formatDuration, parseDuration } from "../../core/duration.ts";
import { changeQueues } from "../../operations/change_queue.ts";
import { queueJson, throttleOf } from "../../operations/queue_json.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { oneQueue, sayNew } from "../queue_words.ts";
import { whenText } from "../when_text.ts";
import { usage, valueOf } from "../words.ts";

interface Options {
  readonly name: string;
  readonly forMs: number;
}

/** A queue that is not to start anything for longer is paused. */
const longestMs = 365 * 86_400_000;

export const queueThrottle: Command<Options> = {
  name: "queue throttle",
  summary: "let a queue start nothing for a while",
  usage: ["NAME --for DURATION [--json]"],
  details: [
    "For a service that says it has had enough: a job may call this for its own queue, by QUEUECTL_QUEUE, and then end " +
    "with one of its snooze codes. What runs goes on. --for 0s ends it.",
  ],
  flags: [
    { name: "for", placeholder: "DURATION", help: `how long from now: "60s", "5m"; "0s" ends it` },
    jsonFlag,
  ],
  settings: ["durability"],
  examples: [
    { line: "queuectl queue throttle mail --for 60s", does: "goes on by itself in a minute" },
    { line: "queuectl queue throttle mail --for 0s", does: "goes on now" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse(words) {
    const name = oneQueue(words);
    const text = valueOf(words, "for");
    if (text === undefined) throw usage("it needs --for DURATION", "queue throttle");
    const forMs = parseDuration(text);
    if (forMs !== undefined && forMs <= longestMs) return { name, forMs };
    throw usage(
      `--for must be a duration up to ${formatDuration(longestMs)}, such as "60s" or "5m", not "${text}"`,
      "queue throttle",
    );
  },
  async run({ name, forMs }, session) {
    const store = await session.store();
    const change = { throttleMs: forMs };
    const changed = await changeQueues(store, session.home.machine(), { names: [name], change });
    await sayNew(changed, session);
    const { report } = changed[0]!;
    const now = await store.now();
    const until = throttleOf(report.queue, now);
    session.say(
      until === null
        ? `${name} is not throttled.`
        : `Nothing of ${name} starts until ${whenText(until, now)}; ${report.live} running.`,
    );
    if (session.json) session.printJson(queueJson(report, now));
    return 0;
  },
};
