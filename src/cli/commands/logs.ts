import { QueueError } from "../../core/errors.ts";
import { followJob } from "../../operations/follow_job.ts";
import { findRuns, type FoundRuns, type RunsRequest } from "../../operations/read_output.ts";
import type { OutputStream } from "../../operations/show_job.ts";
import type { Store } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { onInterrupt } from "../interrupt.ts";
import { oneId } from "../operands.ts";
import { saySkipped } from "../output_notes.ts";
import { outputJson, printOutput, sayRun } from "../print_output.ts";
import type { Session } from "../session.ts";
import { numberOf, type ParsedWords, usage, valueOf } from "../words.ts";

interface Options extends RunsRequest {
  readonly streams: readonly OutputStream[];
  readonly lastLines: number | null;
  /** Until the end of what to go on, or null. */
  readonly follow: "run" | "job" | null;
}

export const logs: Command<Options> = {
  name: "logs",
  summary: "what a job wrote",
  usage: ["ID [--run N|--all] [--stdout|--stderr] [--tail N] [--follow[=job]]"],
  details: [
    "Shows the newest run. The bytes are passed on as they are; in a pipe nothing is added to them: first stdout, " +
    "then stderr, and with --all so for each run, oldest first.",
    "--follow goes on until the run ends, and waits for the first run of a job that has not started. --follow=job goes " +
    "on from retry to retry until the job has ended; with --run N or --all it begins with that run, or the first one.",
    "Where several hosts share a store, the files stay on the host that ran the job, and every host can read the last " +
    "64 KB of each stream. A job that runs elsewhere is followed by these, about once a second.",
  ],
  flags: [
    { name: "run", placeholder: "N", help: "this run, from 1 (the newest)" },
    { name: "all", help: "every run, oldest first" },
    { name: "stdout", help: "only what it wrote to stdout" },
    { name: "stderr", help: "only what it wrote to stderr" },
    { name: "tail", placeholder: "N", help: "only the last N lines of each stream of each run" },
    {
      name: "follow",
      short: "f",
      placeholder: "job",
      bare: "run",
      help: "go on until the run ends, or with =job until the job does",
    },
    jsonFlag,
  ],
  examples: [
    { line: "queuectl logs job1", does: "all output of its newest run" },
    { line: "queuectl logs job1 --run 1 --stderr", does: "the errors of its first run" },
    { line: "queuectl logs job1 --all --tail 20", does: "how each of its runs ended" },
    { line: "queuectl logs job1 --follow", does: "as it is written" },
    { line: "queuectl logs job1 --follow=job", does: "the same, through all retries" },
  ],
  permissions: ["read", "write"],
  usesStore: true,
  parse(words) {
    const only = (["stdout", "stderr"] as const).filter((name) => words.switches.has(name));
    const run = numberOf(words, "run", { from: 1, to: 1_000_000_000, command: "logs" });
    const isAll = words.switches.has("all");
    if (isAll && run !== undefined) throw usage("--all and --run exclude each other", "logs");
    return {
      id: oneId(words, "logs"),
      which: isAll ? "all" : run ?? "newest",
      streams: only.length === 1 ? [only[0] === "stdout" ? "out" : "err"] : ["out", "err"],
      lastLines: numberOf(words, "tail", { from: 0, to: 1_000_000_000, command: "logs" }) ?? null,
      follow: readFollow(words),
    };
  },
  async run(options, session) {
    const store = await session.readStore();
    const shown = { ...options, ...await findRuns(store, options) };
    if (options.follow !== null) return await follow(store!, { ...shown, until: options.follow }, session);
    if (session.json) await printJson(store!, shown, session);
    else await print(store!, shown, session);
    return 0;
  },
};

type Shown = Options & FoundRuns;

async function print(store: Store, shown: Shown, session: Session): Promise<void> {
  const { job, runs } = shown;
  if (runs.length === 0) session.say(`Job ${job.id} has not run yet; it is ${job.state}.`);
  for (const run of runs) {
    if (shown.which === "all") sayRun(run, session);
    await printOutput(store, { ...shown, run }, session);
  }
}

async function printJson(store: Store, shown: Shown, session: Session): Promise<void> {
  const { id } = shown.job;
  const shapes = [];
  for (const run of shown.runs) shapes.push({ id, ...await outputJson(store, { ...shown, run }, session) });
  session.printJson(
    shown.which === "all" ? shapes : shapes[0] ?? { id, run: null, stdout: null, stderr: null },
  );
}

async function follow(
  store: Store,
  shown: Shown & { readonly until: "run" | "job" },
  session: Session,
): Promise<number> {
  const { job } = shown;
  const interrupt = onInterrupt(session);
  let hasRun = false;
  const from = shown.runs[0]?.number ?? 1;
  const request = { ...shown, from, pollMs: session.settings.poll_interval };
  await followJob(store, session.home.machine(), request, {
    say: (text) => session.say(text),
    // What is asked for is the output, whichever stream it is of.
    write: (_, bytes) => session.world.stdout.write(bytes),
    onSkipped: (stream, bytes) => saySkipped(session, stream, bytes),
    onRun(run) {
      hasRun = true;
      if (shown.which === "all") sayRun(run, session);
    },
    onRunEnd: (run) => session.say(`── run ${run.number} ended: ${run.outcome}`),
    abort: interrupt.signal,
  });
  if (interrupt.code() !== null) return interrupt.code()!;
  const { state } = await store.job(job.id) ?? job;
  if (!hasRun) throw new QueueError("refused", `Cannot follow job "${job.id}": it is ${state}`);
  if (shown.until === "job") session.say(`── job ${job.id} is ${state}`);
  return 0;
}

function readFollow(words: ParsedWords): Options["follow"] {
  const follow = valueOf(words, "follow");
  if (follow === undefined) return null;
  if (follow !== "run" && follow !== "job") {
    throw usage(`--follow is given alone or as --follow=job, not with "${follow}"`, "logs");
  }
  if (words.switches.has("json")) throw usage("--follow and --json exclude each other", "logs");
  if (follow === "run" && words.switches.has("all")) {
    throw usage("--follow ends with one run; with --all it is --follow=job", "logs");
  }
  return follow;
}
