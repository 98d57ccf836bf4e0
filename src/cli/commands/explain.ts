import { type ExplainedJob, explainJob } from "../../operations/explain_job.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { isoTime } from "../json.ts";
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
    const explained = await explainJob(await session.readStore(), session.home.machine(), id);
    if (session.json) session.printJson(explainJson(explained, session));
    else session.print(text(explained, session));
    return 0;
  },
};

function explainJson({ job, gate, until, sentence, details, then, fix }: ExplainedJob, session: Session) {
  return {
    id: job.id,
    state: job.state,
    gate,
    until: isoTime(until),
    sentence,
    details: {
      ...details,
      try: fix === null ? null : session.commandLine(fix),
      then: then.map((next) => ({ gate: next.gate, until: isoTime(next.until), sentence: next.sentence })),
    },
  };
}

function text({ job, sentence, then, fix }: ExplainedJob, session: Session): string {
  return [
    `${job.id}: ${sentence}`,
    ...then.map((next) => `Then: ${next.sentence}`),
    ...(fix === null ? [] : [`Try: ${session.commandLine(fix)}`]),
  ].join("\n");
}
