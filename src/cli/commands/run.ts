import { enqueueJobs } from "../../operations/enqueue_jobs.ts";
import { findJobs } from "../../operations/wait_for_jobs.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { sayAccepted } from "../say_accepted.ts";
import { followToEnd, waitFor } from "../waiting.ts";
import { noOperands, usage } from "../words.ts";
import { adviseOnWorkers, type Batch, jobDefaults, jobFlags, readBatch } from "./enqueue.ts";

export const run: Command<Batch> = {
  name: "run",
  summary: "enqueue a command, show what it writes, and end with its exit code",
  usage: ["[FLAGS] [--json] -- COMMAND [ARG …]"],
  details: [
    "As if the command were run here, but by a worker, in its turn, and durably: what it writes to stdout and stderr " +
    "goes there, and the exit code is that of queuectl wait. A job that fails is tried again as any other; " +
    "--max-retries 1 has it run once.",
    "Ctrl-C ends the following and not the job, and says how to come back to it. Nothing is read from stdin.",
  ],
  flags: [...jobFlags, { ...jsonFlag, help: "print how it ended as JSON, and not what it writes" }],
  settings: ["durability", "priority_ageing"],
  examples: [
    { line: "queuectl run -- make test", does: "waits for its turn, then shows it" },
    { line: "queuectl run --max-retries 1 --priority 10 -- 'make && make install'", does: "once, and soon" },
    { line: "queuectl run --needs gpu -- ./train", does: "where there is a GPU; its output comes here" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  takesRest: true,
  async parse(words, session) {
    noOperands(words, "run");
    if (words.rest === null) throw usage("it needs -- and a command after it", "run");
    return await readBatch(words, session);
  },
  async run({ jobs }, session) {
    const store = await session.store();
    const accepted = await enqueueJobs(store, session.home.machine(), {
      requests: jobs,
      defaults: jobDefaults(session),
    });
    sayAccepted(accepted, session);
    await adviseOnWorkers(session, jobs);
    const [job] = await findJobs(store, [accepted[0]!.id], "follow");
    if (session.json) return await waitFor(store, { jobs: [job!], any: false, timeoutMs: Infinity }, session);
    return await followToEnd(store, job!, session);
  },
};
