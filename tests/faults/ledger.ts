/**
 * What jobs did, in their own words: each appends a line when it starts and one when it has run to its end. Lines
 * are short and appended by O_APPEND, so their order in the file is the order in which things happened.
 */

import type { Random } from "./scenario.ts";

export interface Deed {
  readonly id: string;
  /** How long it takes, in seconds. */
  readonly seconds: number;
  /** The runs up to this number fail. */
  readonly failures: number;
  /** Its runs are ended after so many milliseconds. */
  readonly timeoutMs?: number;
  /** Only SIGKILL ends its runs. */
  readonly isStubborn?: boolean;
  /** In which line it stands, and what it takes, as `enqueue` reads it. */
  readonly place?: Readonly<Record<string, unknown>>;
}

/** A job that fails in every run. */
export const always = 1_000_000;

/** Most are quick; some take long enough to see their worker die, some fail once, some always. */
export function chooseDeed(id: string, random: Random): Deed {
  const failures = random.pick([0, 0, 0, 0, 0, 0, 0, 0, 1, always]);
  const seconds = random.pick([0, 0, 0, 0, 0, 0, 0, 0.05, 0.2, 0.8]);
  return { id, seconds, failures };
}

/** The same, and some that are ended by their timeout, or just so not. */
export function chooseTimedDeed(id: string, random: Random): Deed {
  const deed = chooseDeed(id, random);
  const dice = random.fraction();
  if (dice < 0.04) return { ...deed, seconds: 30, timeoutMs: 300 };
  if (dice < 0.06) return { ...deed, seconds: 30, timeoutMs: 300, isStubborn: true };
  return dice < 0.12 ? { ...deed, seconds: 0.2, timeoutMs: 220 } : deed;
}

/** The command line that does a deed and says so in the ledger. */
export function commandOf(deed: Deed, ledger: string): string {
  const append = `>>'${ledger}'`;
  const name = `"$QUEUECTL_JOB_ID" "$QUEUECTL_ATTEMPT"`;
  return [
    // Whoever is given another's input does nothing at all, which the judge finds.
    ...(readsInput(deed) ? [`read -r own && [ "$own" = "$QUEUECTL_JOB_ID" ] || exit 99`] : []),
    ...(deed.isStubborn ? ["trap '' TERM"] : []),
    `printf 'start %s %s\\n' ${name} ${append}`,
    ...(deed.seconds > 0 ? [`sleep ${deed.seconds}`] : []),
    `code=0; [ "$QUEUECTL_ATTEMPT" -gt ${deed.failures} ] || code=1`,
    `printf 'end %s %s %s\\n' ${name} "$code" ${append}`,
    `exit "$code"`,
  ].join("; ");
}

/** Half of them are given their own id to read. */
function readsInput({ id }: Deed): boolean {
  return /[02468]$/.test(id);
}

/** Lines for `enqueue --file`. */
export function jobLines(deeds: readonly Deed[], ledger: string): string {
  return deeds.map((deed) => {
    const { id, timeoutMs, place = {} } = deed;
    const timed = timeoutMs === undefined ? {} : { timeout: `${timeoutMs}ms`, kill_after: "300ms" };
    const given = readsInput(deed) ? { stdin: `${id}\n` } : {};
    return `${JSON.stringify({ id, command: commandOf(deed, ledger), ...given, ...timed, ...place })}\n`;
  }).join("");
}

export interface Entry {
  readonly what: "start" | "end";
  readonly id: string;
  readonly run: number;
  /** Of ends. */
  readonly code: number | null;
}

/** The ledger, job by job, each in the order of the file. */
export async function readLedger(path: string): Promise<Map<string, Entry[]>> {
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const byJob = new Map<string, Entry[]>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const entry = parse(line);
    const entries = byJob.get(entry.id);
    if (entries === undefined) byJob.set(entry.id, [entry]);
    else entries.push(entry);
  }
  return byJob;
}

function parse(line: string): Entry {
  const found = /^(start|end) (\S+) (\d+)(?: (\d+))?$/.exec(line);
  if (found === null) throw new Error(`the ledger holds a broken line: ${JSON.stringify(line)}`);
  const [, what, id, run, code] = found;
  return {
    what: what === "start" ? "start" : "end",
    id: id!,
    run: Number(run),
    code: code === undefined ? null : Number(code),
  };
}
