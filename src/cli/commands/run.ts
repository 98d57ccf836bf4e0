import { QueueError } from "../../core/errors.ts";
import { enqueueJobs } from "../../operations/enqueue_jobs.ts";
import { findJobs } from "../../operations/wait_for_jobs.ts";
import { adviseOnWorkers } from "../advise_on_workers.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { sayAccepted } from "../say_accepted.ts";
import { followToEnd, waitFor } from "../waiting.ts";
import { noOperands, type ParsedWords, usage } from "../words.ts";
import { type Batch, jobDefaults, jobFlags, readBatch } from "./enqueue.ts";

export const run: Command<Batch> = {
  name: "run",
  summary: "enqueue a command, show what it writes, and end with its exit code",
  usage: ["[FLAGS] [--json] -- COMMAND [ARG …]"],
  details: [
    "As if the command were run here, but by a worker, in its turn, and durably: what it writes to stdout and stderr " +
    "goes there, and the exit code is that of queuectl wait. A job that fails is tried again as any other; " +
    "--max-retries 1 has it run once.",
    "Ctrl-C ends the following and not the job, and says how to come back to it. Nothing is read from stdin, unless --stdin - hands it on.",
  ],
  flags: [...jobFlags, { ...jsonFlag, help: "print how it ended as JSON, and not what it writes" }],
  settings: ["durability", "priority_ageing"],
  examples: [
    { line: "queuectl run -- make test", does: "waits for its turn, then shows it" },
    { line: "queuectl run --max-retries 1 --priority 10 -- 'make && make install'", does: "once, and soon" },
    { line: "ls | queuectl run --stdin - -- sort -r", does: "reads what is piped in" },
    { line: "queuectl run --needs gpu -- ./train", does: "where there is a GPU; its output comes here" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  takesRest: true,
  async parse(words, session) {
    if (words.rest === null) throw withoutDashes(words);
    noOperands(words, "run");
    return await readBatch(words, session);
  },
  async run({ jobs }, session) {
    const store = await session.store();
    const accepted = await enqueueJobs(store, session.home.machine(), {
      requests: jobs,
      defaults: jobDefaults(session),
      traceparent: session.traceparent,
    });
    sayAccepted(accepted, session);
    await adviseOnWorkers(session, jobs, { saysNone: true });
    const [job] = await findJobs(store, [accepted[0]!.id], "follow");
    if (session.json) return await waitFor(store, { jobs: [job!], any: false, timeoutMs: Infinity }, session);
    return await followToEnd(store, job!, session);
  },
};

function withoutDashes({ operands }: ParsedWords): QueueError {
  if (operands.length === 0) return usage("it needs -- and a command after it", "run");
  return new QueueError("usage", "Cannot run this command: it needs -- before it", {
    hint: `Such as: queuectl run -- ${operands.slice(0, 3).join(" ")}`,
  });
}
