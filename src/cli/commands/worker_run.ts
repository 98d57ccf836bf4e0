import { messageOf } from "../../core/errors.ts";
import { Supervisor } from "../../worker/supervisor.ts";
import type { Command } from "../command.ts";
import type { Session } from "../session.ts";
import { type Crew, crewFlags, handOn, handOnStore, readCrew, workerSettings } from "./worker_flags.ts";

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
      log: (line) => tell(session, line),
      workerArgs: ["worker", "process", `--supervisor=${id}`, ...handOn(session, concurrency)],
      workerEnvironment: handOnStore(session),
    });
    const signals = obeySignals(supervisor, session);
    session.say(`Running ${count} worker${count === 1 ? "" : "s"}; Ctrl-C lets current jobs finish.`);
    await supervisor.run();
    tell(session, "All workers have stopped.");
    return signals.wasForced() ? 130 : 0;
  },
};

/** Says something to whoever is left to hear it: a closed pipe must not end the supervisor. */
function tell(session: Session, text: string): void {
  try {
    session.say(text);
  } catch {
    // Nobody reads any more; the workers go on.
  }
}

function obeySignals(supervisor: Supervisor, session: Session): { wasForced(): boolean } {
  const { world } = session;
  let firstAt: number | undefined;
  let forced = false;
  const stop = (mode: "drain" | "force"): void => {
    supervisor.stop(mode).catch((error) => tell(session, `Cannot stop the workers: ${messageOf(error)}`));
  };
  world.onSignal("SIGTERM", () => stop("drain"));
  world.onSignal("SIGHUP", () => stop("drain"));
  world.onSignal("SIGINT", () => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      stop("drain");
      tell(
        session,
        "Letting the workers finish their jobs. Press Ctrl-C again to hand the jobs back and stop at once.",
      );
    } else if (!forced && now - firstAt > echoMs) {
      forced = true;
      stop("force");
      tell(session, "Stopping at once; the jobs are handed back.");
    }
  });
  return { wasForced: () => forced };
}
