import { type StopResult, stopWorkers, waitForStop } from "../../operations/stop_workers.ts";
import { QueueError } from "../../core/errors.ts";
import type { Command } from "../command.ts";
import type { Session } from "../session.ts";
import { noOperands } from "../words.ts";

/** How long workers may take to hand their jobs back, beyond the jobs' own grace; milliseconds. */
const forcedPatienceMs = 15_000;

interface Options {
  readonly wait: boolean;
  readonly force: boolean;
}

export const workerStop: Command<Options> = {
  name: "worker stop",
  summary: "let workers finish their jobs and end",
  usage: ["[--wait] [--force]"],
  details: [
    "Every worker that exists now takes no further job, finishes the one it has, and ends. Repeating this changes " +
    "nothing. Only --force ends the jobs: SIGTERM to their processes, SIGKILL after the grace (setting kill_after); they " +
    "are handed back to the queue, and no attempt is charged.",
  ],
  flags: [
    { name: "wait", help: "return when they have ended" },
    { name: "force", help: "do not let them finish: hand their jobs back" },
  ],
  examples: [
    { line: "queuectl worker stop", does: "says how many are finishing a job" },
    { line: "queuectl worker stop --wait", does: "returns when all have ended" },
    { line: "queuectl worker stop --force --wait", does: "now" },
  ],
  permissions: ["read", "write", "run", "sys"],
  usesStore: true,
  parse(words) {
    noOperands(words, "worker stop");
    return { wait: words.switches.has("wait"), force: words.switches.has("force") };
  },
  async run({ wait, force }, session) {
    if (await session.readStore() === null) {
      session.say("No workers are running.");
      return 0;
    }
    session.close();
    const store = await session.store();
    const machine = session.home.machine();
    const result = await stopWorkers(store, machine, force ? "force" : "drain");
    session.say(resultText(result, force));
    if (!wait || result.told + result.already === 0) return 0;
    const left = await waitForStop(store, machine, {
      // Whoever is told to stop at once and does not, is paused or stuck.
      patienceMs: force ? session.settings.kill_after + forcedPatienceMs : Infinity,
      onLeft: (workers, jobs) => sayLeft(session, workers, jobs),
    });
    if (left.length === 0) return 0;
    const pids = left.map((worker) => worker.pid);
    throw new QueueError(
      "failed",
      `Cannot stop ${pids.length} worker(s): pid ${pids.join(", ")} does not react`,
      {
        hint: `It may be paused. Let it go on, or end it: kill -CONT ${pids.join(" ")}; kill -KILL ${
          pids.join(" ")
        }`,
      },
    );
  },
};

function resultText({ told, already, finishing, gone }: StopResult, force: boolean): string {
  const lines = [];
  if (told + already === 0) lines.push("No workers are running.");
  if (told > 0) lines.push(`Stopping ${told} worker${told === 1 ? "" : "s"}.`);
  if (already > 0) lines.push(`${already} worker${already === 1 ? " was" : "s were"} stopping already.`);
  if (finishing === 1) lines.push(`1 ${force ? "hands its jobs back" : "is finishing a job"}.`);
  if (finishing > 1) lines.push(`${finishing} ${force ? "hand their jobs back" : "are finishing a job"}.`);
  const held = gone.filter((worker) => worker.jobs.length > 0).length;
  if (gone.length > 0) lines.push(`${gone.length} had ended without a word.`);
  if (held > 0) lines.push("The next worker that starts recovers what they held.");
  return lines.join(" ");
}

function sayLeft(session: Session, workers: number, jobs: number): void {
  if (workers === 0) session.say("All workers have stopped.");
  else {session.say(
      `Waiting for ${workers} worker${workers === 1 ? "" : "s"} with ${jobs} job${jobs === 1 ? "" : "s"}…`,
    );}
}
