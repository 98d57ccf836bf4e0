import { QueueError } from "../../core/errors.ts";
import { parseHost } from "../../core/host.ts";
import type { Run } from "../../core/run.ts";
import {
  findRun,
  followEveryMs,
  isElsewhere,
  isOver,
  OutputFollower,
  type OutputRequest,
  readOutput,
  requestOutput,
  Watch,
} from "../../operations/read_output.ts";
import type { OutputStream } from "../../operations/show_job.ts";
import type { Store } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { oneId } from "../operands.ts";
import { paint } from "../paint.ts";
import { saySkipped } from "../output_notes.ts";
import type { Session } from "../session.ts";
import { numberOf, usage } from "../words.ts";

interface Options extends OutputRequest {
  readonly streams: readonly OutputStream[];
  readonly follow: boolean;
}

export const logs: Command<Options> = {
  name: "logs",
  summary: "what a job wrote",
  usage: ["ID [--run N] [--stdout|--stderr] [--follow]"],
  details: [
    "Shows the newest run. The bytes are passed on as they are; in a pipe nothing is added to them: first stdout, " +
    "then stderr. --follow goes on until the run ends, and waits for the first run of a job that has not started.",
    "Where several hosts share a store, the files stay on the host that ran the job, and every host can read the last " +
    "64 KB of each stream. A job that runs elsewhere is followed by these, about once a second.",
  ],
  flags: [
    { name: "run", placeholder: "N", help: "this run, from 1 (the newest)" },
    { name: "stdout", help: "only what it wrote to stdout" },
    { name: "stderr", help: "only what it wrote to stderr" },
    { name: "follow", short: "f", help: "go on until the run ends" },
    jsonFlag,
  ],
  examples: [
    { line: "queuectl logs job1", does: "all output of its newest run" },
    { line: "queuectl logs job1 --run 1 --stderr", does: "the errors of its first run" },
    { line: "queuectl logs job1 --follow", does: "as it is written" },
  ],
  permissions: ["read"],
  usesStore: true,
  parse(words) {
    const only = (["stdout", "stderr"] as const).filter((name) => words.switches.has(name));
    const options = {
      id: oneId(words, "logs"),
      run: numberOf(words, "run", { from: 1, to: 1_000_000_000, command: "logs" }) ?? null,
      streams: only.length === 1
        ? [only[0] === "stdout" ? "out" as const : "err" as const]
        : ["out", "err"] as const,
      follow: words.switches.has("follow"),
    };
    if (options.follow && words.switches.has("json")) {
      throw usage("--follow and --json exclude each other", "logs");
    }
    return options;
  },
  async run(options, session) {
    const store = await session.readStore();
    const found = await findRun(store, options);
    if (options.follow) await follow(store!, options, session);
    else if (session.json) await printJson(store!, options, session);
    else if (found.run === null) {
      session.say(`Job ${found.job.id} has not run yet; it is ${found.job.state}.`);
    } else {
      await fetchFromElsewhere(store!, found.run, session);
      await printStreams(store!, found.run, options.streams, session);
    }
    return 0;
  },
};

/** Lets the host that runs it store what there is by now. */
async function fetchFromElsewhere(store: Store, run: Run, session: Session): Promise<void> {
  if (!isElsewhere(store, session.home.machine().runs, run) || await requestOutput(store, run)) return;
  session.say(
    `Host ${parseHost(run.host).name}, which runs it, does not answer; this is what it has stored.`,
  );
}

/** Where the part of a stream is that the store has not. */
function whereTheRestIs(store: Store, run: Run): string {
  if (!store.info.isShared) return "are not here any more";
  return `are not in the store; host ${parseHost(run.host).name}, which ran it, may have them`;
}

async function printStreams(
  store: Store,
  run: Run,
  streams: readonly OutputStream[],
  session: Session,
): Promise<void> {
  const { stdout } = session.world;
  const folders = session.home.machine().runs;
  let lastByte = 10;
  // On a terminal nothing is glued to a line that the job did not end.
  const endLine = (): void => {
    if (stdout.isTerminal && lastByte !== 10) stdout.write("\n");
    lastByte = 10;
  };
  for (const stream of streams) {
    const { chunks, missingBytes } = await readOutput(store, folders, run, stream);
    if (missingBytes > 0) {
      session.say(`The first ${missingBytes} bytes of std${stream} ${whereTheRestIs(store, run)}.`);
    }
    let isFirst = true;
    for (const chunk of chunks) {
      if (isFirst && chunk.length > 0 && stdout.isTerminal && streams.length > 1) {
        session.say(paint(session.world.stderr, "dim", `── std${stream}`));
      }
      isFirst = false;
      stdout.write(chunk);
      lastByte = chunk.at(-1) ?? lastByte;
    }
    endLine();
  }
}

async function printJson(store: Store, options: Options, session: Session): Promise<void> {
  const found = await findRun(store, options);
  const folders = session.home.machine().runs;
  if (found.run !== null) await fetchFromElsewhere(store, found.run, session);
  const textOf = async (stream: OutputStream): Promise<string | null> => {
    if (found.run === null || !options.streams.includes(stream)) return null;
    const decoder = new TextDecoder();
    let text = "";
    for (const chunk of (await readOutput(store, folders, found.run, stream)).chunks) {
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  };
  session.printJson({
    id: found.job.id,
    run: found.run?.number ?? null,
    stdout: await textOf("out"),
    stderr: await textOf("err"),
  });
}

async function follow(store: Store, options: Options, session: Session): Promise<void> {
  const folders = session.home.machine().runs;
  const followers = options.streams.map((stream) => new OutputFollower(store, folders, stream));
  const watch = new Watch(store);
  // What is asked for is the output, whichever stream it is of.
  const reader = {
    write: (_: OutputStream, bytes: Uint8Array) => session.world.stdout.write(bytes),
    onSkipped: (stream: OutputStream, bytes: number) => saySkipped(session, stream, bytes),
  };
  const everyMs = store.info.isShared ? followEveryMs.sharedStore : followEveryMs.files;
  let followed = options;
  for (;;) {
    const found = await findRun(store, followed);
    // The run that was found first is followed to its end, even if another one begins meanwhile.
    if (found.run !== null) {
      followed = { ...followed, run: found.run.number };
      if (isElsewhere(store, folders, found.run)) await watch.keep(found.run);
      for (const follower of followers) await follower.passOn(found.run, reader);
    }
    if (isOver(found)) {
      if (found.run === null) {
        throw new QueueError("refused", `Cannot follow job "${options.id}": it is ${found.job.state}`);
      }
      return session.say(`── run ${found.run.number} ended: ${found.run.outcome}`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
