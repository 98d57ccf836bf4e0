import { startWorkers } from "../../operations/start_workers.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { startedWorkerJson } from "../../operations/json.ts";
import { usage } from "../words.ts";
import { type Crew, crewFlags, handOn, handOnStore, readCrew, workerSettings } from "./worker_flags.ts";
import { workerRun } from "./worker_run.ts";

interface Options extends Crew {
  readonly foreground: boolean;
}

/** How long workers may take to come up, in milliseconds: a base, and more for each on a loaded machine. */
const patience = { baseMs: 20_000, perWorkerMs: 2_000 };

export const workerStart: Command<Options> = {
  name: "worker start",
  summary: "start workers in the background",
  usage: ["[--count N] [--concurrency N] [--json]", "[--count N] [--concurrency N] --foreground"],
  details: [
    "Returns when they are registered and alive. A supervisor replaces a worker that dies. Workers that run already " +
    "stay; these are added. Their pids are in workers.pid, their log is logs/queuectl.log, both in the home.",
  ],
  flags: [
    ...crewFlags,
    { name: "foreground", help: "stay in the foreground, like: queuectl worker run" },
    jsonFlag,
  ],
  settings: workerSettings,
  examples: [
    { line: "queuectl worker start --count 3", does: "three jobs at a time" },
    { line: "queuectl worker start --concurrency 8", does: "one process, eight jobs at a time" },
    { line: "queuectl worker start --queues video,default", does: "video first" },
    {
      line: "queuectl worker start --resource gpu=2,license=1",
      does: "what this host has for jobs that take it",
    },
    {
      line: "queuectl worker start --max-load 8 --min-memory 2GB",
      does: "start nothing while the host is busy",
    },
    { line: "queuectl worker start --job-timeout 1h", does: "end runs that take longer" },
  ],
  permissions: ["read", "write", "run", "sys", "env"],
  usesStore: true,
  parse(words, session) {
    const foreground = words.switches.has("foreground");
    if (foreground && session.json) throw usage("--foreground and --json exclude each other", "worker start");
    return { ...readCrew(words, session, "worker start"), foreground };
  },
  async run(options, session) {
    if (options.foreground) return await workerRun.run(options, session);
    const store = await session.store();
    const { count, concurrency } = options;
    const workers = await startWorkers(store, session.home.machine(), {
      count,
      supervisorArgs: ["worker", "supervise", `--count=${count}`, ...handOn(session, concurrency)],
      supervisorEnvironment: handOnStore(session),
      patienceMs: patience.baseMs + count * patience.perWorkerMs,
    });
    if (session.json) session.printJson(workers.map(startedWorkerJson));
    session.say(
      `Started ${workers.length} worker${workers.length === 1 ? "" : "s"}: ` +
        workers.map((worker) => `${worker.id} (pid ${worker.pid})`).join(", "),
    );
    return 0;
  },
};
