import { QueueError } from "../../core/errors.ts";
import { isFinal, type JobState } from "../../core/job.ts";
import { type JobSignal, jobSignals, parseSignal } from "../../core/signals.ts";
import { didYouMean } from "../../core/suggest.ts";
import { cancelMatching, findUnfinished } from "../../operations/cancel_matching.ts";
import { cancelJobs, signalJobs } from "../../operations/change_jobs.ts";
import { unfinishedStates } from "../../store/job_filter.ts";
import type { Command } from "../command.ts";
import { confirm, yesFlag } from "../confirm.ts";
import { filterAt, filterFlags, filterOf, filterWords, type GivenFilter } from "../filter_flags.ts";
import { jsonFlag } from "../flag.ts";
import { someIds } from "../operands.ts";
import type { Session } from "../session.ts";
import { changedJson } from "../../operations/json.ts";
import { type ParsedWords, usage, valueOf } from "../words.ts";

/** Which jobs: by their ids, or by a filter, which is asked about unless one is sure. */
type Options = ByIds | ByFilter;

interface ByIds {
  readonly ids: readonly string[];
  /** Only this is sent, and nothing is cancelled; undefined to cancel. */
  readonly signal: JobSignal | undefined;
}

interface ByFilter {
  readonly filter: GivenFilter;
  readonly isSure: boolean;
}

const signalNames = jobSignals.map((signal) => signal.slice("SIG".length));

export const cancel: Command<Options> = {
  name: "cancel",
  summary: "let jobs not run, or end their runs",
  usage: ["ID … [--json]", "FILTER [--yes] [--json]", "ID … --signal NAME [--json]"],
  details: [
    "A job that waits is cancelled at once. The run of one that is processing is ended, on whichever host it is: " +
    "SIGTERM to all of its processes, SIGKILL after the grace (kill_after). No attempt is charged. A run that has " +
    "succeeded by itself before that is completed all the same. A job that is over stays as it is.",
    "A filter means the waiting and running jobs of which all its flags are true, as far as they are there when it is " +
    "called. Their number is said and asked about; without a terminal nothing is changed unless --yes is given.",
    "With --signal nothing is cancelled: all processes of the run get that signal, once, and whatever becomes of the run " +
    "by that counts as its own doing. Different signals come in the order in which they were asked for; one that is " +
    "still on its way is not sent twice. A job that is not processing is refused.",
  ],
  flags: [
    ...filterFlags,
    yesFlag,
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
    { line: "queuectl cancel --state pending --label nightly", does: "asks before" },
    { line: "queuectl cancel --command-contains ffmpeg --since 1h --yes", does: "for scripts" },
    { line: "queuectl cancel job1 --signal USR1", does: "only tell its processes something" },
    { line: "queuectl retry job1", does: "take it back" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse(words) {
    const signal = valueOf(words, "signal");
    if (filterWords(words).length === 0) {
      return { ids: idsOf(words), signal: signal === undefined ? undefined : readSignal(signal) };
    }
    if (words.operands.length > 0) throw usage("it takes ids or a filter, not both", "cancel");
    if (signal !== undefined) throw usage("--signal takes ids, not a filter", "cancel");
    const filter = filterOf(words, "cancel", "cancel");
    refuseOver(filter);
    return { filter, isSure: words.switches.has("yes") };
  },
  async run(options, session) {
    if (!("ids" in options)) return await cancelByFilter(options, session);
    const { ids, signal } = options;
    return signal === undefined ? await cancelByIds(ids, session) : await send(signal, ids, session);
  },
};

function idsOf(words: ParsedWords): readonly string[] {
  if (words.operands.length > 0) return someIds(words, "cancel");
  throw usage("it needs the ids of jobs, or a filter such as --state pending", "cancel");
}

function readSignal(text: string): JobSignal {
  const signal = parseSignal(text);
  if (signal !== undefined) return signal;
  throw new QueueError("usage", `Cannot send a job "${text}": it is no signal for that`, {
    hint: didYouMean(text, signalNames) ?? `Signals are: ${signalNames.join(", ")}`,
  });
}

function refuseOver({ state }: GivenFilter): void {
  if (state === undefined || state === "failed" || !isFinal(state)) return;
  throw new QueueError("usage", `Cannot cancel ${state} jobs: they are over`, {
    hint: `States that can be cancelled: ${[...unfinishedStates, "failed"].join(", ")}`,
  });
}

async function send(signal: JobSignal, ids: readonly string[], session: Session): Promise<number> {
  await signalJobs(await session.store(), session.home.machine(), { ids, signal });
  if (session.json) session.printJson(ids.map((id) => ({ id, was: "processing", signal })));
  else for (const id of ids) session.say(`${id}: ${signal} is on its way.`);
  return 0;
}

async function cancelByIds(ids: readonly string[], session: Session): Promise<number> {
  const store = await session.store();
  const states = await cancelJobs(store, session.home.machine(), ids);
  if (session.json) {
    session.printJson(changedJson(ids, states));
    return 0;
  }
  for (const [index, id] of ids.entries()) say(session, id, states[index]!);
  const stopped = ids.filter((_, index) => states[index] === "pending" || states[index] === "blocked");
  const below = stopped.length === 0 ? 0 : await store.countBroken(stopped);
  if (below > 0) {
    session.say(`${below === 1 ? "1 job that waited" : `${below} jobs that waited`}: cancelled too.`);
  }
  return 0;
}

function say(session: Session, id: string, was: JobState): void {
  if (was === "processing") session.say(`${id}: its run is being ended.`);
  else if (was === "pending" || was === "blocked") session.say(`${id}: cancelled.`);
  else session.say(`${id}: left as it is, ${was} already.`);
}

async function cancelByFilter({ filter, isSure }: ByFilter, session: Session): Promise<number> {
  const store = await session.store();
  const matching = await findUnfinished(store, filterAt(filter, await store.now()));
  if (matching.count > 0 && !isSure && !await confirm(session, { action: "cancel", count: matching.count })) {
    session.say("Nothing was cancelled.");
    return 1;
  }
  const done = await cancelMatching(store, session.home.machine(), {
    matching,
    onBatch: (count) => session.progress(`Cancelling: ${count} of ${matching.count}`),
  }).finally(() => session.progress(""));
  if (session.json) session.printJson(done);
  const parts = [`${done.cancelled === 1 ? "1 job" : `${done.cancelled} jobs`} cancelled`];
  if (done.ending > 0) {
    parts.push(`${done.ending === 1 ? "1 run is" : `${done.ending} runs are`} being ended`);
  }
  session.say(`${parts.join(", ")}.`);
  return 0;
}
