import { messageOf } from "../../core/errors.ts";
import { Supervisor } from "../../worker/supervisor.ts";
import type { Command } from "../command.ts";
import type { Session } from "../session.ts";
import { type Crew, crewFlags, handOn, readCrew, workerSettings } from "./worker_flags.ts";

/** Two signals within this many milliseconds are one that came twice: to the group, and passed on by a parent. */
const echoMs = 200;

export const workerRun: Command<Crew> = {
  name: "worker run",
  summary: "run workers in the foreground",
  usage: ["[--count N] [--concurrency N]"],
  details: [
    "For systemd (KillMode=process) and containers. SIGTERM and the first Ctrl-C let the workers finish their jobs; " +
    "the second Ctrl-C hands the jobs back and ends at once (exit code 130).",
  ],
  flags: crewFlags,
  settings: workerSettings,
  examples: [{ line: "queuectl worker run --count 2", does: "until it is stopped" }],
  permissions: ["read", "write", "run", "sys", "env"],
  usesStore: true,
  parse: (words, session) => readCrew(words, session, "worker run"),
  async run({ count, concurrency }, session) {
    const store = await session.store();
    const machine = session.home.machine();
    const id = `s${machine.chance.token(7)}`;
    const supervisor = new Supervisor({
      store,
      machine,
      id,
      count,
      log: (line) => session.say(line),
      workerArgs: ["worker", "process", `--supervisor=${id}`, ...handOn(session, concurrency)],
    });
    const signals = obeySignals(supervisor, session);
    session.say(`Running ${count} worker${count === 1 ? "" : "s"}; Ctrl-C lets current jobs finish.`);
    await supervisor.run();
    session.say("All workers have stopped.");
    return signals.wasForced() ? 130 : 0;
  },
};

function obeySignals(supervisor: Supervisor, session: Session): { wasForced(): boolean } {
  const { world } = session;
  let firstAt: number | undefined;
  let forced = false;
  const stop = (mode: "drain" | "force"): void => {
    supervisor.stop(mode).catch((error) => session.say(`Cannot stop the workers: ${messageOf(error)}`));
  };
  world.onSignal("SIGTERM", () => stop("drain"));
  world.onSignal("SIGHUP", () => stop("drain"));
  world.onSignal("SIGINT", () => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      session.say(
        "Letting the workers finish their jobs. Press Ctrl-C again to hand the jobs back and stop at once.",
      );
      stop("drain");
    } else if (!forced && now - firstAt > echoMs) {
      forced = true;
      session.say("Stopping at once; the jobs are handed back.");
      stop("force");
    }
  });
  return { wasForced: () => forced };
}
