/** What runs wrote, on stdout as it is or as JSON; what is to be said of it goes to stderr. */

import { parseHost } from "../core/host.ts";
import type { Run } from "../core/run.ts";
import { isElsewhere, readOutput, requestOutput } from "../operations/read_output.ts";
import type { OutputStream } from "../operations/show_job.ts";
import type { Store } from "../store/store.ts";
import { paint } from "./paint.ts";
import type { Session } from "./session.ts";

export interface PrintedRun {
  readonly run: Run;
  readonly streams: readonly OutputStream[];
  /** Only so many last lines of each stream; null for all. */
  readonly lastLines: number | null;
}

/** Which run it is, for people: in a pipe there is nothing but output. */
export function sayRun({ number, outcome }: Run, session: Session): void {
  if (!session.world.stdout.isTerminal) return;
  session.say(paint(session.world.stderr, "bold", `── run ${number}: ${outcome ?? "running"}`));
}

export async function printOutput(store: Store, printed: PrintedRun, session: Session): Promise<void> {
  await fetchFromElsewhere(store, printed.run, session);
  for (const stream of printed.streams) await printStream(store, { ...printed, stream }, session);
}

async function printStream(
  store: Store,
  { run, streams, stream, lastLines }: PrintedRun & { readonly stream: OutputStream },
  session: Session,
): Promise<void> {
  const { stdout } = session.world;
  const request = { run, stream, lastLines };
  const { chunks, missingBytes } = await readOutput(store, session.home.machine().runs, request);
  if (missingBytes > 0) {
    session.say(`The first ${missingBytes} bytes of std${stream} ${whereTheRestIs(store, run)}.`);
  }
  let lastByte: number | undefined;
  for (const chunk of chunks) {
    if (lastByte === undefined && chunk.length > 0 && stdout.isTerminal && streams.length > 1) {
      session.say(paint(session.world.stderr, "dim", `── std${stream}`));
    }
    stdout.write(chunk);
    lastByte = chunk.at(-1) ?? lastByte;
  }
  // On a terminal nothing is glued to a line that the job did not end.
  if (stdout.isTerminal && lastByte !== undefined && lastByte !== 10) stdout.write("\n");
}

export async function outputJson(store: Store, { run, streams, lastLines }: PrintedRun, session: Session) {
  await fetchFromElsewhere(store, run, session);
  const textOf = async (stream: OutputStream): Promise<string | null> => {
    if (!streams.includes(stream)) return null;
    const decoder = new TextDecoder();
    let text = "";
    const output = await readOutput(store, session.home.machine().runs, { run, stream, lastLines });
    for (const chunk of output.chunks) text += decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  };
  return { run: run.number, stdout: await textOf("out"), stderr: await textOf("err") };
}

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
