/** `queue pause`, `resume` and `drain`: whether a queue accepts jobs, and starts them. */

import { waitExitCodes } from "../../core/job_end.ts";
import type { QueueState } from "../../core/queue.ts";
import { changeQueues, waitUntilEmpty } from "../../operations/change_queue.ts";
import type { QueueReport } from "../../store/queues.ts";
import { queueJson, throttleOf } from "../../operations/queue_json.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { onInterrupt } from "../interrupt.ts";
import { sayNew, someQueues } from "../queue_words.ts";
import type { Session } from "../session.ts";
import { whenText } from "../when_text.ts";
import { timeoutFlag, timeoutOf } from "../wait_timeout.ts";

const permissions = ["read", "write", "sys"] as const;

export const queuePause: Command<readonly string[]> = {
  name: "queue pause",
  summary: "let a queue accept jobs and start none",
  usage: ["NAME … [--json]"],
  details: ["What runs goes on. What is enqueued waits until `queue resume`."],
  flags: [jsonFlag],
  settings: ["durability"],
  examples: [{ line: "queuectl queue pause video", does: "nothing of it starts until queue resume" }],
  permissions,
  usesStore: true,
  parse: someQueues,
  async run(names, session) {
    report(await change(names, "paused", session), "paused: accepts jobs, and starts none", session);
    await printReports(names, session);
    return 0;
  },
};

export const queueResume: Command<readonly string[]> = {
  name: "queue resume",
  summary: "open a paused or draining queue again",
  usage: ["NAME … [--json]"],
  details: ["A throttle is another thing: `queue throttle NAME --for 0s` ends it."],
  flags: [jsonFlag],
  settings: ["durability"],
  examples: [{ line: "queuectl queue resume video", does: "accepts jobs and starts them" }],
  permissions,
  usesStore: true,
  parse: someQueues,
  async run(names, session) {
    const reports = await change(names, "open", session);
    report(reports, "open: accepts jobs, and starts them", session);
    const now = await (await session.store()).now();
    for (const { queue } of reports) {
      const until = throttleOf(queue, now);
      if (until !== null) {
        session.say(`${queue.name} is throttled: nothing starts until ${whenText(until, now)}.`);
      }
    }
    await printReports(names, session);
    return 0;
  },
};

interface DrainOptions {
  readonly names: readonly string[];
  readonly wait: boolean;
  readonly timeoutMs: number;
}

export const queueDrain: Command<DrainOptions> = {
  name: "queue drain",
  summary: "let a queue finish what it has, and accept no more",
  usage: ["NAME … [--wait] [--timeout DURATION] [--json]"],
  details: [
    "Jobs for it are refused (exit code 3) until `queue resume`. What it has is started as before, retries included. " +
    "--wait returns when nothing is left that waits or runs; with --timeout it ends with 124 when the time is up, and the " +
    "queue drains on. Ctrl-C ends the waiting, not the draining.",
  ],
  flags: [
    { name: "wait", help: "return when nothing of it waits or runs any more" },
    timeoutFlag,
    jsonFlag,
  ],
  settings: ["durability"],
  examples: [
    { line: "queuectl queue drain video", does: "accepts no more" },
    {
      line: "queuectl queue drain video --wait --timeout 1h",
      does: "returns when it is empty, 124 after an hour",
    },
  ],
  permissions,
  usesStore: true,
  parse(words) {
    const names = someQueues(words);
    const wait = words.switches.has("wait");
    return { names, wait, timeoutMs: timeoutOf(words, wait) };
  },
  async run({ names, wait, timeoutMs }, session) {
    report(
      await change(names, "draining", session),
      "draining: starts what it has, and accepts no more",
      session,
    );
    const code = wait ? await waitForEmpty(names, timeoutMs, session) : 0;
    await printReports(names, session);
    return code;
  },
};

async function change(
  names: readonly string[],
  state: QueueState,
  session: Session,
): Promise<QueueReport[]> {
  const changed = await changeQueues(await session.store(), session.home.machine(), {
    names,
    change: { state },
  });
  await sayNew(changed, session);
  return changed.map((each) => each.report);
}

function report(reports: readonly QueueReport[], what: string, session: Session): void {
  for (const { queue, byState, live } of reports) {
    session.say(`${queue.name} is ${what} (${byState.pending + byState.blocked} waiting, ${live} running).`);
  }
}

async function printReports(names: readonly string[], session: Session): Promise<void> {
  if (!session.json) return;
  const store = await session.store();
  const now = await store.now();
  const shapes = [];
  for (const name of names) {
    const found = await store.queue(name);
    if (found !== null) shapes.push(queueJson(found, now));
  }
  session.printJson(shapes);
}

async function waitForEmpty(names: readonly string[], timeoutMs: number, session: Session): Promise<number> {
  const interrupt = onInterrupt(session);
  const isEmpty = await waitUntilEmpty(await session.store(), names, {
    timeoutMs,
    abort: interrupt.signal,
    say: (text) => session.say(text),
    onLook: (left) => session.progress(left === 0 ? "" : `${left} jobs left`),
  }).finally(() => session.progress(""));
  const which = names.join(", ");
  if (isEmpty) {
    session.say(`Nothing of ${which} waits or runs any more.`);
    return 0;
  }
  if (interrupt.code() !== null) {
    session.say(`No longer waiting; ${which} drains on.`);
    return interrupt.code()!;
  }
  session.say(`The time is up: ${which} drains on.`);
  return waitExitCodes.timedOut;
}
