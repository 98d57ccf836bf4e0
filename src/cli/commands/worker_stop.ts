import { parseDuration } from "../../core/duration.ts";
import { waitExitCodes } from "../../core/job_end.ts";
import { QueueError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";
import type { ListedWorker } from "../../operations/list_workers.ts";
import {
  hostsWithWorkers,
  type StopResult,
  stopWorkers,
  waitForStop,
} from "../../operations/stop_workers.ts";
import type { StopMode, Store } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { timeoutFlag, timeoutOf } from "../wait_timeout.ts";
import { stopJson } from "../../operations/json.ts";
import type { Session } from "../session.ts";
import { noOperands, usage, valueOf } from "../words.ts";

/** How long workers may take to leave, beyond the grace of the jobs that they end; milliseconds. */
const leavingPatienceMs = 15_000;
/** For how long other hosts leave detached jobs alone where --for does not say, in milliseconds. */
const detachedMs = 24 * 3_600_000;

interface Options {
  readonly wait: boolean;
  readonly timeoutMs: number;
  /** The host's name; null for every host; undefined for this one. */
  readonly host: string | null | undefined;
  readonly mode: StopMode;
  readonly detachMs: number | undefined;
}

export const workerStop: Command<Options> = {
  name: "worker stop",
  summary: "let workers finish their jobs and end",
  usage: ["[--host HOST | --all] [--wait [--timeout DURATION]] [--force | --detach [--for TIME]] [--json]"],
  details: [
    "Every worker that exists now takes no further job, finishes the one it has, and ends. Repeating this changes " +
    "nothing. Only --force ends the jobs: SIGTERM to their processes, SIGKILL after the grace (setting kill_after); they " +
    "are handed back to the queue, and no attempt is charged.",
    "--detach lets the jobs run on without a worker, for example while queuectl itself is replaced: the next worker that " +
    "starts on this host adopts them and settles them by their exit codes. Workers of other hosts leave them alone for " +
    "--for (24h).",
    "With --wait --timeout it ends with 124 when the time is up; the workers go on stopping.",
    "Where several hosts share a store, this is about the workers of this host. --host names another one, as worker list " +
    "does; --all means every host.",
  ],
  flags: [
    { name: "host", placeholder: "HOST", help: "the workers of that host (this one)" },
    { name: "all", help: "the workers of every host" },
    { name: "wait", help: "return when they have ended" },
    timeoutFlag,
    { name: "force", help: "do not let them finish: hand their jobs back" },
    { name: "detach", help: "leave at once; the jobs run on until a worker adopts them" },
    { name: "for", placeholder: "TIME", help: "with --detach: how long other hosts wait (24h)" },
    jsonFlag,
  ],
  examples: [
    { line: "queuectl worker stop", does: "says how many are finishing a job" },
    { line: "queuectl worker stop --wait", does: "returns when all have ended" },
    { line: "queuectl worker stop --wait --timeout 10m", does: "124 where one is still at work then" },
    { line: "queuectl worker stop --force --wait", does: "now" },
    { line: "queuectl worker stop --host build7", does: "one host of many" },
    { line: "queuectl worker stop --detach --wait", does: "before an upgrade; then start workers again" },
  ],
  permissions: ["read", "write", "run", "sys"],
  usesStore: true,
  parse(words) {
    noOperands(words, "worker stop");
    const [force, detach] = [words.switches.has("force"), words.switches.has("detach")];
    const [host, all] = [valueOf(words, "host"), words.switches.has("all")];
    const period = valueOf(words, "for");
    if (host !== undefined && all) throw usage("--host and --all exclude each other", "worker stop");
    if (force && detach) {
      throw new QueueError("usage", "Cannot both end the jobs (--force) and let them run on (--detach)", {
        hint: "Give one of them; without either, what runs is finished first",
      });
    }
    if (period !== undefined && !detach) {
      throw new QueueError("usage", "Cannot use --for without --detach", {
        hint: "Try: queuectl worker stop --detach --for 24h",
      });
    }
    const wait = words.switches.has("wait");
    return {
      wait,
      timeoutMs: timeoutOf(words, wait),
      host: all ? null : host,
      mode: force ? "force" : detach ? "detach" : "drain",
      detachMs: detach ? periodOf(period) : undefined,
    };
  },
  async run({ wait, timeoutMs, host, mode, detachMs }, session) {
    const print = (result: StopResult, left: number | null) => {
      if (session.json) session.printJson(stopJson(result, mode, left));
    };
    if (await session.readStore() === null) {
      session.say("No workers are running.");
      print({ told: 0, already: 0, finishing: 0, gone: [], spared: 0 }, wait ? 0 : null);
      return 0;
    }
    await session.close();
    const store = await session.store();
    const machine = session.home.machine();
    const hostName = await meantHost(host, store, session);
    const result = await stopWorkers(store, machine, { mode, detachMs, hostName });
    session.say(resultText(result, mode));
    if (!wait || result.told + result.already === 0) {
      print(result, wait ? 0 : null);
      return 0;
    }
    // Whoever is told to leave at once and does not, is paused or stuck.
    const patience = patienceMs(mode, session.settings.kill_after);
    const left = await waitForStop(store, machine, {
      hostName,
      patienceMs: Math.min(timeoutMs, patience),
      onLeft: (workers, jobs, silent) => session.say(leftText(workers, jobs, silent)),
    });
    print(result, left.length);
    if (left.length === 0) return 0;
    if (patience < timeoutMs) throw notStopped(left);
    const are = left.length === 1 ? "1 worker is" : `${left.length} workers are`;
    session.say(`The time is up: ${are} still at work, and stopping.`);
    return waitExitCodes.timedOut;
  },
};

/** The name of the host whose workers are meant; undefined for all. Throws where nobody of that name is there. */
async function meantHost(
  given: Options["host"],
  store: Store,
  session: Session,
): Promise<string | undefined> {
  if (given === null) return undefined;
  if (given === undefined) {
    // A file belongs to one machine, whatever that was called when the workers were started.
    return store.info.isShared ? (await session.home.machine().host()).name : undefined;
  }
  const hosts = await hostsWithWorkers(store);
  if (hosts.includes(given)) return given;
  const there = hosts.length === 0
    ? "There are no workers at all"
    : `There are workers on: ${hosts.join(", ")}`;
  throw new QueueError("not_found", `Cannot stop the workers of host "${given}": it has none`, {
    hint: didYouMean(given, hosts) ?? there,
  });
}

function notStopped(left: readonly ListedWorker[]): QueueError {
  const pids = left.map((worker) => worker.pid).join(" ");
  const here = `It may be paused. Let it go on, or end it: kill -CONT ${pids}; kill -KILL ${pids}`;
  const names = left.map((worker) =>
    `pid ${worker.pid}${worker.isElsewhere ? ` on ${worker.hostName}` : ""}`
  );
  return new QueueError(
    "failed",
    `Cannot stop ${left.length} worker(s): ${names.join(", ")} does not react`,
    {
      hint: left.some((worker) => worker.isElsewhere) ? "See: queuectl worker list" : here,
    },
  );
}

function periodOf(text: string | undefined): number {
  if (text === undefined) return detachedMs;
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new QueueError("usage", `Cannot use --for "${text}": it is not a length of time`, {
    hint: "Such as: 90s, 15m, 24h, 7d",
  });
}

function patienceMs(mode: StopMode, graceMs: number): number {
  if (mode === "drain") return Infinity;
  return leavingPatienceMs + (mode === "force" ? graceMs : 0);
}

const withJobs: Readonly<Record<StopMode, { readonly one: string; readonly more: string }>> = {
  drain: { one: "is finishing a job", more: "are finishing a job" },
  force: { one: "hands its jobs back", more: "hand their jobs back" },
  detach: { one: "lets go of its jobs, which run on", more: "let go of their jobs, which run on" },
};

function resultText({ told, already, finishing, gone, spared }: StopResult, mode: StopMode): string {
  const lines = [];
  if (told + already === 0) {
    lines.push(spared === 0 ? "No workers are running." : "No workers are running here.");
  }
  if (told > 0) lines.push(`Stopping ${told} worker${told === 1 ? "" : "s"}.`);
  if (already > 0) lines.push(`${already} worker${already === 1 ? " was" : "s were"} stopping already.`);
  if (finishing === 1) lines.push(`1 ${withJobs[mode].one}.`);
  if (finishing > 1) lines.push(`${finishing} ${withJobs[mode].more}.`);
  const held = gone.filter((worker) => worker.jobs.length > 0).length;
  if (gone.length > 0) lines.push(`${gone.length} had ended without a word.`);
  if (held > 0) lines.push("The next worker that starts adopts what they held.");
  if (spared > 0) {
    lines.push(`${spared} on other hosts ${spared === 1 ? "goes" : "go"} on (--all stops every host's).`);
  }
  return lines.join(" ");
}

function leftText(workers: number, jobs: number, silent: readonly ListedWorker[]): string {
  if (workers > 0) {
    return `Waiting for ${workers} worker${workers === 1 ? "" : "s"} with ${jobs} job${
      jobs === 1 ? "" : "s"
    }…`;
  }
  if (silent.length === 0) return "All workers have stopped.";
  const hosts = [...new Set(silent.map(({ hostName }) => hostName))].join(", ");
  const are = silent.length === 1 ? "is" : "are";
  return `No other worker is left. ${silent.length} on ${hosts} ${are} silent; who was only cut off stops on coming back.`;
}
