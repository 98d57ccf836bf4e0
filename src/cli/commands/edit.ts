import type { Job } from "../../core/job.ts";
import { editableFields, type JobChanges, readChanges } from "../../core/job_changes.ts";
import { hasTimeInWords } from "../../core/times_payload.ts";
import { editJob } from "../../operations/edit_job.ts";
import { adviseOnWorkers } from "../advise_on_workers.ts";
import type { Command } from "../command.ts";
import { type Flag, jsonFlag } from "../flag.ts";
import { jobFields } from "../job_flags.ts";
import { jobJson } from "../../operations/json.ts";
import { oneId } from "../operands.ts";
import { visible } from "../table.ts";
import { type ParsedWords, usage, valueOf } from "../words.ts";
import { jobFlags } from "./enqueue.ts";

interface Options {
  readonly id: string;
  readonly changes: JobChanges;
}

const flags: readonly Flag[] = [
  { name: "command", placeholder: "LINE", help: "another command line for the shell" },
  ...jobFlags.filter(({ name }) => editableFields.some((field) => field.replaceAll("_", "-") === name)),
  jsonFlag,
];

export const edit: Command<Options> = {
  name: "edit",
  summary: "change a job that waits",
  usage: ["ID FLAGS", "ID [FLAGS] -- COMMAND [ARG …]"],
  details: [
    "Changes what is given and nothing else, and says what has changed. A job that is processing or over is refused; " +
    "one that waits for its next attempt can be changed, too. Values are as enqueue takes them; its key, its unique key and what it waits for stay. Of a job that posts a webhook only time, priority and attempts can be changed.",
  ],
  flags,
  settings: ["durability"],
  examples: [
    { line: "queuectl edit job1 --priority 5", does: "it goes before others" },
    { line: "queuectl edit job1 --queue video", does: "it waits in another line" },
    { line: "queuectl edit job1 --delay 0s", does: "it is due now" },
    {
      line: "queuectl edit job1 --timeout 10m -- make -j4",
      does: "another command, and how long it may take",
    },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  takesRest: true,
  async parse(words, session) {
    const id = oneId(words, "edit");
    const fields = { ...jobFields(words), ...commandFields(words) };
    if (Object.keys(fields).length === 0) throw usage("nothing to change is given", "edit");
    const readWords = hasTimeInWords(fields) ? await session.world.timeWords() : null;
    return { id, changes: readChanges(fields, { subject: `job "${id}"`, readWords }) };
  },
  async run(options, session) {
    const store = await session.store();
    const { before, after } = await editJob(store, session.home.machine(), options);
    const differences = differencesOf(before, after);
    for (const difference of differences) session.say(`${after.id}: ${difference}`);
    if (differences.length === 0) session.say(`${after.id}: it was so already.`);
    if (session.json) session.printJson(jobJson({ ...after, progress: null }));
    if (before.queue !== after.queue) await adviseOnWorkers(session, [after], { saysNone: false });
    return 0;
  },
};

function commandFields(words: ParsedWords): { command?: string; argv?: readonly string[] } {
  const command = valueOf(words, "command");
  if (words.rest === null) return command === undefined ? {} : { command };
  if (command !== undefined) throw usage("--command and -- exclude each other", "edit");
  if (words.rest.length === 0) throw usage("no command follows --", "edit");
  return words.rest.length === 1 ? { command: words.rest[0]! } : { argv: words.rest };
}

function differencesOf(before: Job, after: Job): string[] {
  const [old, now] = [shownFields(before), shownFields(after)];
  return Object.entries(old).flatMap(([name, value]) => {
    const changed = now[name as keyof typeof now];
    return value === changed ? [] : [`${name.replaceAll("_", "-")} ${value} -> ${changed}`];
  });
}

function shownFields(job: Job) {
  const { queue, priority, run_at, max_retries, timeout, kill_after } = jobJson({ ...job, progress: null });
  return {
    command: visible(job.command) + (job.argv === null ? "" : " (without a shell)"),
    queue,
    priority,
    run_at,
    max_retries,
    timeout: timeout ?? "as set",
    kill_after: kill_after ?? "as set",
  };
}
