import { QueueError } from "../../core/errors.ts";
import type { JobState } from "../../core/job.ts";
import { type JobSignal, jobSignals, parseSignal } from "../../core/signals.ts";
import { didYouMean } from "../../core/suggest.ts";
import { cancelJobs, signalJobs } from "../../operations/change_jobs.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { someIds } from "../operands.ts";
import type { Session } from "../session.ts";
import { valueOf } from "../words.ts";

interface Options {
  readonly ids: readonly string[];
  /** Only this is sent, and nothing is cancelled; undefined to cancel. */
  readonly signal: JobSignal | undefined;
}

const signalNames = jobSignals.map((signal) => signal.slice("SIG".length));

export const cancel: Command<Options> = {
  name: "cancel",
  summary: "let jobs not run, or end their runs",
  usage: ["ID …", "ID … --signal NAME"],
  details: [
    "A job that waits is cancelled at once. The run of one that is processing is ended, on whichever host it is: " +
    "SIGTERM to all of its processes, SIGKILL after the grace (kill_after). No attempt is charged. A run that has " +
    "succeeded by itself before that is completed all the same. A job that is over stays as it is.",
    "With --signal nothing is cancelled: all processes of the run get that signal, once, and whatever becomes of the run " +
    "by that counts as its own doing. Different signals come in the order in which they were asked for; one that is " +
    "still on its way is not sent twice. A job that is not processing is refused.",
  ],
  flags: [
    {
      name: "signal",
      placeholder: "NAME",
      help: `only send this, and cancel nothing: ${signalNames.join(", ")}`,
    },
    jsonFlag,
  ],
  settings: ["durability"],
  examples: [
    { line: "queuectl cancel job1", does: "whether it waits or runs" },
    { line: "queuectl cancel job1 --signal USR1", does: "only tell its processes something" },
    { line: "queuectl retry job1", does: "take it back" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse(words) {
    const text = valueOf(words, "signal");
    return { ids: someIds(words, "cancel"), signal: text === undefined ? undefined : readSignal(text) };
  },
  async run({ ids, signal }, session) {
    const store = await session.store();
    const machine = session.home.machine();
    if (signal !== undefined) {
      await signalJobs(store, machine, { ids, signal });
      if (session.json) session.printJson(ids.map((id) => ({ id, was: "processing", signal })));
      else for (const id of ids) session.say(`${id}: ${signal} is on its way.`);
      return 0;
    }
    const states = await cancelJobs(store, machine, ids);
    if (session.json) session.printJson(ids.map((id, index) => ({ id, was: states[index]! })));
    else for (const [index, id] of ids.entries()) say(session, id, states[index]!);
    return 0;
  },
};

function readSignal(text: string): JobSignal {
  const signal = parseSignal(text);
  if (signal !== undefined) return signal;
  throw new QueueError("usage", `Cannot send a job "${text}": it is no signal for that`, {
    hint: didYouMean(text, signalNames) ?? `Signals are: ${signalNames.join(", ")}`,
  });
}

function say(session: Session, id: string, was: JobState): void {
  if (was === "processing") session.say(`${id}: its run is being ended.`);
  else if (was === "pending" || was === "blocked") session.say(`${id}: cancelled.`);
  else session.say(`${id}: left as it is, ${was} already.`);
}
