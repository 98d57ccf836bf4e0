import { type StateFilter, stateFilters } from "../../core/job.ts";
import { QueueError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";
import { listJobs, withProgress } from "../../operations/list_jobs.ts";
import type { Store } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { jobTable, printJobsJson } from "../job_table.ts";
import type { Session } from "../session.ts";
import { noOperands, numberOf, valueOf } from "../words.ts";

interface Options {
  readonly state: StateFilter | undefined;
  readonly limit: number | undefined;
}

/** How many jobs people are shown unless they ask for more. */
const shownAtOnce = 50;

export const list: Command<Options> = {
  name: "list",
  summary: "the newest jobs, by state",
  usage: ["[--state STATE] [--limit N] [--json]"],
  details: [
    `Shows the newest ${shownAtOnce}, newest last. With --json there is no limit unless one is given. Failed jobs are ` +
    `those that wait for their next attempt; their state is pending.`,
  ],
  flags: [
    { name: "state", short: "s", placeholder: "STATE", help: stateFilters.join(", ") },
    { name: "limit", short: "n", placeholder: "N", help: `at most this many (${shownAtOnce})` },
    jsonFlag,
  ],
  examples: [
    { line: "queuectl list", does: "the newest 50" },
    { line: "queuectl list --state failed", does: "what waits for another attempt" },
    { line: "queuectl list --json | jq -r '.[] | .id'", does: "every id" },
  ],
  permissions: ["read"],
  usesStore: true,
  parse(words) {
    noOperands(words, "list");
    return {
      state: stateFilter(valueOf(words, "state")),
      limit: numberOf(words, "limit", { from: 1, to: 1_000_000_000, command: "list" }),
    };
  },
  async run(options, session) {
    const store = await session.readStore();
    if (session.json) await printJobsJson(session, listJobs(store, options));
    else await printTable(store, options, session);
    return 0;
  },
};

export function stateFilter(text: string | undefined): StateFilter | undefined {
  if (text === undefined) return undefined;
  const found = stateFilters.find((state) => state === text.toLowerCase());
  if (found !== undefined) return found;
  throw new QueueError("usage", `Cannot list jobs: "${text}" is no state`, {
    hint: didYouMean(text, stateFilters) ?? `States are: ${stateFilters.join(", ")}`,
  });
}

async function printTable(store: Store | null, options: Options, session: Session): Promise<void> {
  const limit = options.limit ?? shownAtOnce;
  const jobs = await store?.jobs({ state: options.state, order: "newest", limit }) ?? [];
  if (jobs.length === 0) {
    session.say(options.state === undefined ? "No jobs." : `No ${options.state} jobs.`);
    return;
  }
  const listed = await withProgress(store!, jobs.toReversed());
  session.print(jobTable(session.world.stdout, listed, await store!.now()));
  const more = await countOf(store!, options.state) - jobs.length;
  if (more > 0) {
    session.say(
      `${more} more; see them all: ${session.commandLine("list")}${stateText(options.state)} --limit ${
        more + jobs.length
      }`,
    );
  }
}

function stateText(state: StateFilter | undefined): string {
  return state === undefined ? "" : ` --state ${state}`;
}

async function countOf(store: Store, state: StateFilter | undefined): Promise<number> {
  const counts = await store.counts();
  if (state === undefined) return Object.values(counts.byState).reduce((sum, count) => sum + count, 0);
  return state === "failed" ? counts.failed : counts.byState[state];
}
