import { QueueError, RefusedJob } from "../../core/errors.ts";
import { strictPriorityStepMs } from "../../core/job.ts";
import type { GivenInput } from "../../core/job_input.ts";
import type { PayloadJob } from "../../core/job_payload.ts";
import { enqueueJobs, type JobDefaults } from "../../operations/enqueue_jobs.ts";
import type { Accepted } from "../../store/store.ts";
import type { Command } from "../command.ts";
import type { Flag } from "../flag.ts";
import { jobFields } from "../job_flags.ts";
import { readJob, readJobLines, readOneJob } from "../job_lines.ts";
import { acceptedJson } from "../../operations/json.ts";
import { ruleFlags } from "../rule_flags.ts";
import { sayAccepted } from "../say_accepted.ts";
import type { Session } from "../session.ts";
import { type ParsedWords, usage, valueOf } from "../words.ts";

/** Those that describe a job. */
export const jobFlags: readonly Flag[] = [
  { name: "id", placeholder: "ID", help: "the job's id; made up when absent" },
  { name: "delay", placeholder: "DURATION", help: `not before this long from now: "10s", "5m", "2h30m"` },
  {
    name: "run-at",
    placeholder: "TIME",
    help: `not before this time: "2026-12-31T23:00:00Z", "tomorrow 9:00", "in 2 hours"`,
  },
  {
    name: "expires",
    placeholder: "WHEN",
    help: `cancelled unless it has started by then: "30m" from now, or a time as for --run-at`,
  },
  { name: "priority", placeholder: "N", help: "-1000 to 1000, higher goes first (0)" },
  { name: "max-retries", placeholder: "N", help: "attempts in all before it is dead (setting max_retries)" },
  { name: "timeout", placeholder: "DURATION", help: "end a run that takes longer (setting job_timeout)" },
  {
    name: "kill-after",
    placeholder: "DURATION",
    help: "between SIGTERM and SIGKILL then (setting kill_after)",
  },
  { name: "cwd", placeholder: "FOLDER", help: "where it runs (the folder you are in)" },
  { name: "env", placeholder: "NAME=VALUE", help: "a variable in its environment", repeatable: true },
  {
    name: "env-from",
    placeholder: "NAME",
    help: "the same, with the value that it has here: for secrets",
    repeatable: true,
  },
  {
    name: "stdin",
    placeholder: "FILE",
    help: "what it reads from its standard input, kept with it; - for what comes in here",
  },
  { name: "label", placeholder: "TEXT", help: "what it is, for people: one line" },
  { name: "meta", placeholder: "NAME=VALUE", help: "what you want to know of it again", repeatable: true },
  {
    name: "needs",
    placeholder: "TAGS",
    help: "only where a worker offers these: gpu,linux",
    repeatable: true,
  },
  { name: "queue", placeholder: "NAME", help: "the line in which it waits (default)" },
  {
    name: "key",
    placeholder: "KEY",
    help: "jobs of one key run at most so many at once: queue set NAME --key-limit N",
  },
  { name: "slots", placeholder: "N", help: "how many of a worker's --concurrency it takes (1)" },
  {
    name: "resource",
    placeholder: "NAME=N",
    help: "what it takes of its host: gpu=1,license=2; worker start --resource says what is there",
    repeatable: true,
  },
  {
    name: "after",
    placeholder: "IDS",
    help: "not before these jobs are completed: a,b",
    repeatable: true,
  },
  { name: "after-any", placeholder: "IDS", help: "not before these have ended, however", repeatable: true },
  { name: "after-fail", placeholder: "IDS", help: "only if these have died", repeatable: true },
  { name: "unique", placeholder: "KEY", help: "no second one of this key while it is unfinished" },
  {
    name: "unique-for",
    placeholder: "DURATION",
    help: "or for this long from now on, even if it ends sooner",
  },
  {
    name: "on-conflict",
    placeholder: "MODE",
    help: "what if there is one: keep it, replace it, reject this one, or debounce (keep)",
  },
  { name: "webhook", placeholder: "URL", help: "its end is posted there: queuectl help webhooks" },
  ...ruleFlags,
];

const flags: readonly Flag[] = [
  ...jobFlags,
  {
    name: "file",
    short: "f",
    placeholder: "FILE",
    help: "one JSON object a line: all are accepted, or none",
  },
  { name: "wait", help: "wait until they have ended, and end like queuectl wait" },
  { name: "follow", help: "the same of one job, and show what it writes" },
  { name: "json", help: "print what was accepted as JSON; with --wait how it ended, like queuectl wait" },
];

/** From how many jobs on it is said what is going on. */
const manyJobs = 10_000;

export interface Batch {
  readonly jobs: readonly PayloadJob[];
  /** The line of each job, where they came from a file. */
  readonly lines: readonly number[] | null;
}

interface Options extends Batch {
  readonly wait: boolean;
  readonly follow: boolean;
}

export const enqueue: Command<Options> = {
  name: "enqueue",
  summary: "accept a job, or a file of them",
  usage: ["JSON", "[FLAGS] -- COMMAND [ARG …]", "--file FILE", "-"],
  details: [
    "Several words after -- are stored and executed unchanged, without a shell; a single word is a command line for " +
    "the shell. The job runs in the folder you are in now, with the worker's environment.",
    "The ids go to stdout, one a line. When the command returns, the jobs are on disk. Of the worker's environment a " +
    "job does not get QUEUECTL_* and PG* (settings and credentials of ours); give what it needs by --env or --env-from.",
    "Keep secrets off the command line, where everybody on the machine can see them: --env-from NAME takes the value " +
    "from your environment. The values of both are kept with the job in the store (whose files only you can read), and " +
    "show --json prints them.",
  ],
  flags,
  settings: ["durability", "priority_ageing"],
  examples: [
    { line: `queuectl enqueue '{"id":"job1","command":"echo hello"}'`, does: "a job as JSON" },
    {
      line: "queuectl enqueue --id job1 --delay 10s -- echo hello",
      does: "the same by flags, in 10 seconds",
    },
    { line: "queuectl enqueue --run-at 'tomorrow 9:00' -- ./report", does: "at nine, by your clock" },
    { line: "queuectl enqueue --expires 30m -- ./remind", does: "in half an hour, or not at all" },
    { line: "queuectl enqueue -- 'ls | wc -l'", does: "one word: a line for the shell" },
    {
      line: "queuectl enqueue --unique sync-42 -- ./sync 42",
      does: "nothing where an unfinished one of that key is there: prints its id",
    },
    { line: "queuectl enqueue --wait -- make", does: "and wait for it: ends with its exit code" },
    {
      line: "queuectl enqueue --ok-codes 0,3 --dead-codes 64 --snooze-codes 75 --snooze 5m -- ./import",
      does: "what its exit codes mean: success, give up, come back later",
    },
    {
      line: "queuectl enqueue --backoff 1s,10s,5m --retry-until 2030-01-01T00:00:00Z -- ./import",
      does: "when it is tried again",
    },
    {
      line: "queuectl enqueue --env-from API_TOKEN --label 'Nightly report' --meta owner=ada -- ./report",
      does: "with a secret from your environment, and what it is to you",
    },
    {
      line: "queuectl enqueue --stdin names.txt -- sort",
      does: "it reads the file, as it is now, in each attempt",
    },
    { line: "queuectl enqueue --after fetch,unpack -- ./index", does: "when both are completed" },
    { line: "queuectl enqueue --after-fail fetch -- ./complain", does: "only if it dies" },
    {
      line: "queuectl enqueue --webhook https://ci.example/hook -- make",
      does: "tells a server how it ended",
    },
    { line: "queuectl enqueue --file jobs.jsonl", does: "one JSON object a line" },
    { line: "seq 3 | jq -c '{command:\"echo \\(.)\"}' | queuectl enqueue -", does: "the same from a pipe" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  takesRest: true,
  async parse(words, session) {
    const options = { wait: words.switches.has("wait"), follow: words.switches.has("follow") };
    if (options.follow && session.json) throw usage("--follow and --json exclude each other", "enqueue");
    const batch = await readBatch(words, session);
    await refuseCycles(batch);
    if (options.follow && batch.jobs.length > 1) {
      throw usage("--follow is for one job; use --wait", "enqueue");
    }
    return { ...batch, ...options };
  },
  async run(batch, session) {
    if (batch.jobs.length === 0) {
      if (session.json) session.printJson([]);
      session.say("Nothing to enqueue: the input has no jobs.");
      return 0;
    }
    const store = await session.store();
    const machine = session.home.machine();
    let accepted: Accepted[];
    try {
      if (batch.jobs.length >= manyJobs) session.progress(`Storing ${batch.jobs.length} jobs…`);
      accepted = await enqueueJobs(store, machine, {
        requests: batch.jobs,
        defaults: jobDefaults(session),
        traceparent: session.traceparent,
      });
    } catch (error) {
      throw error instanceof RefusedJob ? withLine(error, batch) : error;
    } finally {
      if (batch.jobs.length >= manyJobs) session.progress("");
    }
    const isWaiting = batch.wait || batch.follow;
    if (!isWaiting) report(accepted, batch, session);
    // What follows on stdout is the job's own, or says how it ended.
    else if (!batch.follow && !session.json) printIds(accepted, session);
    if (isWaiting) sayAccepted(accepted, session);
    await advise(session, batch);
    if (!isWaiting) return 0;
    // Loaded here, since most calls do not wait.
    const { findJobs } = await import("../../operations/wait_for_jobs.ts");
    const { followToEnd, waitFor } = await import("../waiting.ts");
    const jobs = await findJobs(store, accepted.map(({ id }) => id), "wait for");
    if (batch.follow) return await followToEnd(store, jobs[0]!, session);
    return await waitFor(store, { jobs, any: false, timeoutMs: Infinity }, session);
  },
};

export function jobDefaults({ settings }: Session): JobDefaults {
  return {
    maxRetries: settings.max_retries,
    priorityStepMs: settings.priority_ageing ?? strictPriorityStepMs,
  };
}

export async function readBatch(words: ParsedWords, session: Session): Promise<Batch> {
  const file = valueOf(words, "file");
  const [operand, ...others] = words.operands;
  const fromStdin = isStdin(operand) || isStdin(file);
  const ways = [words.rest !== null, file !== undefined, operand !== undefined].filter(Boolean).length;
  if (ways === 0) throw usage("it was given no job (a pipe is read by: queuectl enqueue -)", words.command);
  if (ways > 1 || others.length > 0) throw tooMuch(words);
  const stdin = valueOf(words, "stdin");
  if (isStdin(stdin) && fromStdin) {
    throw usage(
      'stdin holds the jobs, so --stdin - has none left; give each its own as "stdin"',
      words.command,
    );
  }
  const given = jobFields(words);
  if (words.rest === null && (Object.keys(given).length > 0 || stdin !== undefined)) {
    throw usage(
      `flags describe a job whose command follows --; put them into the JSON instead`,
      words.command,
    );
  }
  const context = {
    callerCwd: session.world.cwd,
    resolvePath: session.world.resolvePath,
    timeWords: session.world.timeWords,
    variable: session.world.variable,
  };
  if (words.rest !== null) {
    if (words.rest.length === 0) throw usage("no command follows --", words.command);
    const command = words.rest.length === 1 ? { command: words.rest[0] } : { argv: words.rest };
    const job = await readJob({ ...given, ...command }, "this job", context);
    if (stdin === undefined) return { jobs: [job], lines: null };
    return { jobs: [{ ...job, input: await readInput(stdin, words, session) }], lines: null };
  }
  if (fromStdin || file !== undefined) {
    const text = fromStdin ? await session.world.readStdin() : session.world.readFile(file!);
    if (text === null) throw usage("stdin is a terminal; pipe one JSON object a line into it", words.command);
    const source = fromStdin ? "stdin" : file!;
    const onProgress = (share: number) => session.progress(`Reading ${source}: ${Math.floor(share * 100)} %`);
    return await readJobLines(text, source, { ...context, onProgress });
  }
  return { jobs: [await readOneJob(operand!, context)], lines: null };
}

function isStdin(name: string | undefined): boolean {
  return name === "-" || name === "/dev/stdin";
}

async function readInput(stdin: string, words: ParsedWords, session: Session): Promise<GivenInput> {
  const input = isStdin(stdin) ? await session.world.openStdin() : await session.world.openInput(stdin);
  if (input !== null) return input;
  throw usage("stdin is a terminal; pipe into it what the job is to read, or name a file", words.command);
}

function tooMuch(words: ParsedWords): QueueError {
  const looksLikeCommand = words.operands.length > 1 && !words.operands[0]!.trimStart().startsWith("{");
  return new QueueError(
    "usage",
    looksLikeCommand
      ? "Cannot enqueue this command: it needs -- before it"
      : "Cannot enqueue this job: it was given in more than one way",
    {
      hint: looksLikeCommand
        ? `Put a command after --, like: queuectl enqueue -- ${words.operands.slice(0, 3).join(" ")}`
        : "Give one JSON object, or a command after --, or --file FILE",
    },
  );
}

/** Says what no worker could ever take. What that needs is loaded where there is a worker, or somebody to tell. */
async function advise(session: Session, { jobs }: Batch): Promise<void> {
  const saysNone = session.world.stderr.isTerminal;
  if (!saysNone && (await (await session.store()).workers()).length === 0) return;
  const { adviseOnWorkers } = await import("../advise_on_workers.ts");
  await adviseOnWorkers(session, jobs, { saysNone });
}

/** What waits for itself is refused before the store is opened. */
async function refuseCycles(batch: Batch): Promise<void> {
  if (batch.jobs.every(({ after }) => after.length === 0)) return;
  const { refuseCycle } = await import("../../core/dependency_plan.ts");
  try {
    refuseCycle(batch.jobs);
  } catch (error) {
    throw error instanceof RefusedJob ? withLine(error, batch) : error;
  }
}

function withLine(error: RefusedJob, batch: Batch): QueueError {
  const line = batch.lines?.[error.index];
  if (line === undefined) return error;
  return new QueueError(
    error.kind,
    `Cannot enqueue line ${line}, so none of them: ${error.message.replace(/^Cannot enqueue /, "")}`,
    {
      hint: error.hint,
      cause: error,
    },
  );
}

function report(accepted: readonly Accepted[], batch: Batch, session: Session): void {
  if (session.json) {
    const shapes = accepted.map(acceptedJson);
    session.printJson(batch.lines === null ? shapes[0] : shapes);
  } else {
    printIds(accepted, session);
  }
  sayAccepted(accepted, session);
}

function printIds(accepted: readonly Accepted[], session: Session): void {
  session.print(accepted.map((job) => job.id).join("\n"));
}
