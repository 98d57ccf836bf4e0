import { QueueError } from "../../core/errors.ts";
import {
  adviceOnAddress,
  isStoreAddress,
  kindOfStore,
  type StoreKind,
  withoutPassword,
} from "../../core/store_address.ts";
import { jobStates } from "../../core/job.ts";
import { giveUp } from "../../operations/give_up_move.ts";
import { migrate as moveJobs, type MoveProgress, refuseMove } from "../../operations/migrate.ts";
import { addressOf, type MovedContent } from "../../store/move.ts";
import type { Store } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import type { Session } from "../session.ts";
import { noOperands, type ParsedWords, usage, valueOf } from "../words.ts";

interface Options {
  /** Undefined only with `abort`. */
  readonly to: string | undefined;
  readonly dryRun: boolean;
  readonly abort: boolean;
}

export const migrate: Command<Options> = {
  name: "migrate",
  summary: "move the queue to another store: to PostgreSQL, or back into the home",
  usage: ["--to URL [--dry-run] [--json]", "--abort [--to URL]"],
  details: [
    "Moves every job with its runs and their output from the store in use (setting store) to the one that --to names: " +
    '"sqlite" for the file in the home, or a URL. Stop all workers before; nothing may run. While it lasts, and for ' +
    "good when it is done, the old store accepts no jobs and no workers, and says where the queue went. Output over 64 " +
    "KB stays in the home of the host that ran the job.",
    "Both sides are compared before the new one opens. A move that was interrupted, however that happened, goes on when " +
    "it is called again; until then neither side accepts. --abort takes it back: the copy is removed, and the old store " +
    "accepts again. Give the password by PGPASSWORD rather than in the URL.",
  ],
  flags: [
    { name: "to", placeholder: "URL", help: `where to: "sqlite", or postgres://user@host/database` },
    { name: "dry-run", help: "change nothing: say what would be moved, and whether it would be refused" },
    { name: "abort", help: "take back a move that is not complete" },
    jsonFlag,
  ],
  examples: [
    { line: "queuectl migrate --to postgres://user@db.example/jobs", does: "from the file to a server" },
    { line: "queuectl migrate --to postgres://user@db.example/jobs --dry-run", does: "would it go?" },
    { line: "queuectl migrate --to sqlite", does: "from the server into this home" },
    { line: "queuectl migrate --abort", does: "leave everything where it was" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  otherStores: ({ to }) =>
    to === undefined ? ["sqlite", "postgres"] satisfies StoreKind[] : [kindOfStore(to)],
  parse: readOptions,
  async run(options, session) {
    await using stores = new Stores(session, options.to);
    if (options.abort) return await abort(stores, session);
    return options.dryRun ? await rehearse(stores, session) : await move(stores, session);
  },
};

function readOptions(words: ParsedWords, session: Session): Options {
  noOperands(words, "migrate");
  const to = valueOf(words, "to");
  const [dryRun, abort] = [words.switches.has("dry-run"), words.switches.has("abort")];
  if (dryRun && abort) throw usage("--dry-run and --abort exclude each other", "migrate");
  if (to === undefined && !abort) throw usage("it needs --to URL (or --abort)", "migrate");
  if (to !== undefined && !isStoreAddress(to)) {
    throw new QueueError("usage", `Cannot move the queue to "${withoutPassword(to)}": that is no store`, {
      hint: adviceOnAddress(to) ?? `--to is "sqlite", or a URL such as "postgres://user@host/database"`,
    });
  }
  const { home, settings } = session;
  if (
    to !== undefined && !abort && home.locationOf({ ...settings, store: to }) === home.locationOf(settings)
  ) {
    throw new QueueError("usage", `Cannot move the queue to ${withoutPassword(to)}: it is there already`, {
      hint: "See where it is: queuectl config get store",
    });
  }
  return { to, dryRun, abort };
}

/** The store in use and the other one, opened when they are needed. */
class Stores implements AsyncDisposable {
  readonly #session: Session;
  readonly #to: string | undefined;
  readonly #opened: Store[] = [];

  constructor(session: Session, to: string | undefined) {
    this.#session = session;
    this.#to = to;
  }

  /** The address that was given, which may hold a password. */
  get to(): string {
    return this.#to!;
  }

  /** Where the store to move to is, as it may be shown. */
  get target(): string {
    return this.#session.home.locationOf(this.#at(this.to));
  }

  /** The store in use, which must be there. */
  async source(access: "read" | "write"): Promise<Store> {
    const { home, settings } = this.#session;
    const store = await home.readStore(settings);
    if (store === null) {
      throw new QueueError("not_found", `Cannot move ${home.locationOf(settings)}: there is no queue`, {
        hint: "See which store is in use: queuectl config get store",
      });
    }
    this.#opened.push(store);
    return access === "read" ? store : await this.open(settings.store);
  }

  /** A store for writing; made where it is not there. */
  async open(address: string): Promise<Store> {
    const store = await this.#session.home.openStore(this.#at(address));
    this.#opened.push(store);
    return store;
  }

  /** A store for reading, or null where it is not there. */
  async look(address: string): Promise<Store | null> {
    const store = await this.#session.home.readStore(this.#at(address));
    if (store !== null) this.#opened.push(store);
    return store;
  }

  /** The target that a mark names, or null where it is not there. Throws where it cannot be looked for from here. */
  async marked(location: string): Promise<Store | null> {
    const { home } = this.#session;
    const address = this.#to ?? addressOf(location);
    if (home.locationOf(this.#at(address)) !== location) {
      throw new QueueError("refused", `Cannot look at ${location} from here: it is not that of this home`, {
        hint: `Give up the move where it was begun, or with: --to '${addressOf(location)}'`,
      });
    }
    return await this.look(address) === null ? null : await this.open(address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#opened) await store.close();
  }

  #at(address: string) {
    return { ...this.#session.settings, store: address };
  }
}

async function move(stores: Stores, session: Session): Promise<number> {
  const source = await stores.source("write");
  const target = await stores.open(stores.to);
  try {
    const { content, wasComplete } = await moveJobs({ source, target }, {
      newId: () => session.home.machine().chance.token(12),
      onProgress: (progress) => session.progress(progressText(progress)),
    });
    session.progress("");
    const places = { from: source.info.location, to: target.info.location };
    if (session.json) session.printJson({ ...places, dry_run: false, ...contentJson(content) });
    const what = contentText(content);
    session.say(
      wasComplete
        ? `The queue of ${places.from} was moved to ${places.to} before: ${what}.`
        : `Moved the queue of ${places.from} to ${places.to}: ${what}. Both sides are equal.`,
    );
    session.say(nextStep(stores.to, session));
    return 0;
  } catch (error) {
    session.progress("");
    throw error;
  }
}

function progressText({ step, table, share }: MoveProgress): string {
  const name = { clearing: "Clearing the target", copying: "Copying", checking: "Comparing" }[step];
  return share === undefined ? `${name}…` : `${name} ${table}: ${Math.floor(share * 100)} %`;
}

function nextStep(to: string, session: Session): string {
  const shown = withoutPassword(to);
  const { sources } = session.resolved;
  return [
    `Next, on each host: ${session.commandLine(`config set store '${shown}'`)}`,
    ...(shown === to ? [] : ["Its password is not shown; PGPASSWORD can hold it."]),
    ...(sources.store === "environment" ? ["QUEUECTL_STORE is set here, and names the old one."] : []),
  ].join("\n  ");
}

async function rehearse(stores: Stores, session: Session): Promise<number> {
  const source = await stores.source("read");
  const target = await stores.look(stores.to);
  const refused = await refuseMove(source, target, stores.target).then(() => null, (error: unknown) => {
    if (error instanceof QueueError && error.kind === "refused") return error;
    throw error;
  });
  const { byState } = await source.counts();
  const total = Object.values(byState).reduce((sum, count) => sum + count, 0);
  const places = { from: source.info.location, to: stores.target };
  if (session.json) {
    session.printJson({
      ...places,
      dry_run: true,
      jobs: { ...byState, total },
      refused: refused?.message ?? null,
    });
  }
  if (refused !== null) throw refused;
  session.say(`Would move ${total} jobs${statesText(byState)} from ${places.from} to ${places.to}.`);
  return 0;
}

async function abort(stores: Stores, session: Session): Promise<number> {
  const source = await stores.source("write");
  const { other, leftBehind } = await giveUp(source, (location) => stores.marked(location));
  session.say(`The move is given up; ${source.info.location} accepts again.`);
  if (leftBehind !== null) {
    session.say(
      `The copy in ${other} is left, and accepts nothing: ${leftBehind.message}\n  To remove it: ` +
        `queuectl --store '${addressOf(other)}' migrate --abort`,
    );
  }
  if (session.json) {
    session.printJson({ from: source.info.location, to: other, copy_removed: leftBehind === null });
  }
  return 0;
}

type ByState = Readonly<Partial<Record<(typeof jobStates)[number], number>>>;

function totals(content: MovedContent): ByState {
  const sums: Partial<Record<(typeof jobStates)[number], number>> = {};
  for (const byState of Object.values(content.jobs)) {
    for (const state of jobStates) sums[state] = (sums[state] ?? 0) + (byState[state] ?? 0);
  }
  return sums;
}

function contentJson(content: MovedContent) {
  const byState = Object.fromEntries(jobStates.map((state) => [state, totals(content)[state] ?? 0]));
  return {
    jobs: { ...byState, total: sumOf(totals(content)) },
    queues: content.jobs,
    runs: content.runs,
    outputs: content.outputs,
    inputs: content.inputs,
    sha256: content.sha256,
  };
}

function contentText(content: MovedContent): string {
  return `${sumOf(totals(content))} jobs${statesText(totals(content))}, ${content.runs} runs`;
}

function sumOf(byState: ByState): number {
  return Object.values(byState).reduce((sum, count) => sum + count, 0);
}

function statesText(byState: ByState): string {
  const parts = jobStates.filter((state) => (byState[state] ?? 0) > 0).map((state) =>
    `${byState[state]} ${state}`
  );
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}
