import { type ExplainedJob, explainJob } from "../../operations/explain_job.ts";
import { explainJson } from "../../operations/explain_json.ts";
import { listWorkers } from "../../operations/list_workers.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { oneId } from "../operands.ts";
import type { Session } from "../session.ts";

export const explain: Command<string> = {
  name: "explain",
  summary: "why a job does not run yet, and when it will",
  usage: ["ID [--json]"],
  details: [
    "Says what is first in its way, what comes after that, and a call that would help. It may be: its delay, the wait " +
    "between two attempts, jobs that it waits for, its queue (paused, throttled, its limit, its rate, the limit of its " +
    "key), no worker that could ever take it (queue, tags, slots, resources), workers that are busy or held by their " +
    "host, or the lease of a worker that is silent.",
  ],
  flags: [jsonFlag],
  examples: [
    { line: "queuectl explain job1", does: "in a sentence" },
    { line: "queuectl explain job1 --json | jq -r .gate", does: "for scripts" },
  ],
  permissions: ["read", "run", "sys"],
  usesStore: true,
  parse: (words) => oneId(words, "explain"),
  async run(id, session) {
    const machine = session.home.machine();
    const explained = await explainJob(await session.readStore(), id, (store) => listWorkers(store, machine));
    if (session.json) session.printJson(explainJson(explained, (words) => session.commandLine(words)));
    else session.print(text(explained, session));
    return 0;
  },
};

function text({ job, sentence, then, fix }: ExplainedJob, session: Session): string {
  return [
    `${job.id}: ${sentence}`,
    ...then.map((next) => `Then: ${next.sentence}`),
    ...(fix === null ? [] : [`Try: ${session.commandLine(fix)}`]),
  ].join("\n");
}
