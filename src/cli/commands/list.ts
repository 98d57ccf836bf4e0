import { QueueError } from "../../core/errors.ts";
import { quoteWords } from "../../core/job.ts";
import { formatJobOrder, type JobOrder, jobSortKeys, parseJobOrder } from "../../core/job_order.ts";
import { didYouMean } from "../../core/suggest.ts";
import { type ListedJob, listJobs, type ListRequest } from "../../operations/list_jobs.ts";
import type { JobFilter } from "../../store/job_filter.ts";
import type { Store } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { filterAt, filterFlags, filterOf, filterWords, type GivenFilter } from "../filter_flags.ts";
import { jsonFlag } from "../flag.ts";
import { columnTable, type JobColumn, parseColumns } from "../job_columns.ts";
import { jobTable, printJobsJson } from "../job_table.ts";
import { jobJson } from "../../operations/json.ts";
import { checkedId } from "../operands.ts";
import type { Session } from "../session.ts";
import type { View } from "../view.ts";
import { watchFlag, watchOf } from "../watch_flag.ts";
import { noOperands, numberOf, type ParsedWords, usage, valueOf } from "../words.ts";

/** A job by its id, or by its arrival number, which outlives it. */
type Cursor = { readonly id: string } | { readonly arrival: number };

interface Options {
  readonly filter: GivenFilter;
  /** The flags of the filter, to be typed again. */
  readonly filterWords: readonly string[];
  readonly order: JobOrder | undefined;
  readonly after: Cursor | undefined;
  readonly limit: number | undefined;
  readonly columns: readonly JobColumn[] | undefined;
  readonly watchMs: number | undefined;
}

/** How many jobs people are shown unless they ask for more. */
const shownAtOnce = 50;
/** How many are read at once to be watched: more than fit on a screen. */
const watchedAtOnce = 300;

export const list: Command<Options> = {
  name: "list",
  summary: "the newest jobs, by state and other filters",
  usage: [
    "[FILTER] [--sort KEY] [--limit N] [--after JOB] [--columns NAMES]",
    "[FILTER] … --watch[=INTERVAL]",
    "[FILTER] … --json",
  ],
  details: [
    `Shows the newest ${shownAtOnce}, newest last. With --json there is no limit unless one is given. Failed jobs are ` +
    `those that wait for their next attempt; their state is pending. Of several filters all must be true.`,
    "--sort created is the order of arrival: --limit takes the first of them, and --after goes on beyond the last one " +
    "that was printed, also where jobs came or went meanwhile: by its id, or by its arrival number where it may be " +
    "gone by then (@17; the field arrival). Every other key looks at all jobs that the filters mean, and shows the " +
    "first of them; those without a value come last. Such an order changes while jobs run, so it has no pages. " +
    "duration is from the start of a job's newest run to its end, or to now while it runs.",
    "--watch shows what fits on the terminal until Ctrl-C; with --json it prints one array a line, whenever it is " +
    "another one.",
  ],
  flags: [
    ...filterFlags,
    { name: "sort", placeholder: "KEY", help: `${jobSortKeys.join(", ")}; descending with a - before it` },
    { name: "limit", short: "n", placeholder: "N", help: `at most this many (${shownAtOnce})` },
    { name: "after", placeholder: "JOB", help: "go on beyond this job: its id, or @ and its arrival number" },
    {
      name: "columns",
      placeholder: "NAMES",
      help: "what the table shows, with commas between: fields of the JSON",
    },
    watchFlag,
    jsonFlag,
  ],
  examples: [
    { line: "queuectl list", does: "the newest 50" },
    { line: "queuectl list --state failed", does: "what waits for another attempt" },
    { line: "queuectl list --since 2h --command-contains ffmpeg", does: "encodes of the last two hours" },
    { line: "queuectl list --sort -duration --limit 10", does: "the ten that took longest" },
    { line: "queuectl list --columns id,state,exit_code,last_error", does: "what you want to see" },
    { line: "queuectl list --state processing --watch", does: "what runs, again and again" },
    { line: "queuectl list --json | jq -r '.[] | .id'", does: "every id" },
    {
      line: "queuectl list --json --sort created --limit 100 --after job100",
      does: "page by page: after the last one of the page before",
    },
  ],
  permissions: ["read"],
  usesStore: true,
  parse(words, session) {
    noOperands(words, "list");
    const options = {
      filter: filterOf(words, "list", "list"),
      filterWords: filterWords(words),
      order: orderOf(valueOf(words, "sort")),
      after: cursorOf(valueOf(words, "after")),
      limit: numberOf(words, "limit", { from: 1, to: 1_000_000_000, command: "list" }),
      columns: columnsOf(words),
      watchMs: watchOf(words, "list", session),
    };
    if (options.after !== undefined && (options.order?.key ?? "created") !== "created") {
      throw usage(`--after needs the order of arrival, --sort created or -created`, "list");
    }
    return options;
  },
  async run(options, session) {
    if (options.watchMs !== undefined) {
      const { watch } = await import("../watch.ts");
      return await watch(viewOf(options, session), options.watchMs, session);
    }
    const store = await session.readStore();
    const request = await requestOf(store, options);
    if (session.json) await printJobsJson(session, listJobs(store, request));
    else await printTable(store, { ...options, request }, session);
    return 0;
  },
};

function orderOf(text: string | undefined): JobOrder | undefined {
  if (text === undefined) return undefined;
  const order = parseJobOrder(text.replaceAll(/(?<=.)-/g, "_"));
  if (order !== undefined) return order;
  throw new QueueError("usage", `Cannot list jobs: they cannot be sorted by "${text}"`, {
    hint: didYouMean(text.replace(/^-/, ""), jobSortKeys, { prefix: text.startsWith("-") ? "-" : "" }) ??
      `Sort them by: ${jobSortKeys.join(", ")}`,
  });
}

function cursorOf(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  if (!text.startsWith("@")) return { id: checkedId(text) };
  const arrival = /^@\d{1,15}$/.test(text) ? Number(text.slice(1)) : NaN;
  if (Number.isSafeInteger(arrival)) return { arrival };
  throw usage(`--after must be an id, or an arrival number such as @17, not "${text}"`, "list");
}

function columnsOf(words: ParsedWords): readonly JobColumn[] | undefined {
  const text = valueOf(words, "columns");
  if (text === undefined) return undefined;
  if (words.switches.has("json")) {
    throw usage("--columns is about the table; --json prints every field", "list");
  }
  return parseColumns(text);
}

async function requestOf(
  store: Store | null,
  { filter, order, after, limit }: Options,
): Promise<ListRequest> {
  if (store === null) return { filter: {} };
  return {
    filter: filterAt(filter, await store.now()),
    order,
    after: after === undefined ? undefined : await arrivalOf(store, after),
    limit,
  };
}

async function arrivalOf(store: Store, cursor: Cursor): Promise<number> {
  if ("arrival" in cursor) return cursor.arrival;
  const job = await store.job(cursor.id);
  if (job !== null) return job.seq;
  throw new QueueError("not_found", `Cannot list jobs after "${cursor.id}": there is no such job`, {
    hint: "Where jobs may be gone, go on from an arrival number: --after @N (the field arrival)",
  });
}

interface Shown extends Options {
  readonly request: ListRequest;
}

async function printTable(store: Store | null, shown: Shown, session: Session): Promise<void> {
  const { limit = shownAtOnce, request } = shown;
  // One more than is shown tells whether there are more.
  const found = (await Array.fromAsync(listJobs(store, { ...request, limit: limit + 1 }))).flat();
  if (found.length === 0) return session.say(noneText(shown));
  const isNewestLast = request.order === undefined && request.after === undefined;
  const jobs = isNewestLast ? found.slice(-limit) : found.slice(0, limit);
  session.print(tableOf(jobs, { columns: shown.columns, now: await store!.now() }, session));
  if (found.length > jobs.length) session.say(await moreText(store!, { ...shown, jobs }, session));
}

interface Seen {
  readonly jobs: readonly ListedJob[];
  readonly now: number;
}

function viewOf(options: Options, session: Session): View<Seen> {
  return {
    async look(store) {
      const request = await requestOf(store, options);
      const limit = request.limit ?? (session.json ? undefined : watchedAtOnce);
      const jobs = (await Array.fromAsync(listJobs(store, { ...request, limit }))).flat();
      return { jobs, now: await store?.now() ?? session.world.now() };
    },
    lines({ jobs, now }) {
      if (jobs.length === 0) return [noneText(options)];
      return tableOf(jobs, { columns: options.columns, now }, session).split("\n");
    },
    keepsLast: options.order === undefined && options.after === undefined,
    json: ({ jobs }) => jobs.map(jobJson),
  };
}

function noneText({ filter }: Options): string {
  return filter.state === undefined ? "No jobs." : `No ${filter.state} jobs.`;
}

function tableOf(
  jobs: readonly ListedJob[],
  { columns, now }: { readonly columns: readonly JobColumn[] | undefined; readonly now: number },
  session: Session,
): string {
  const { stdout } = session.world;
  return columns === undefined ? jobTable(stdout, jobs, now) : columnTable(stdout, columns, { jobs, now });
}

/** How to see the jobs that did not fit. */
async function moreText(
  store: Store,
  { request, filterWords, limit, jobs }: Shown & { readonly jobs: readonly ListedJob[] },
  session: Session,
): Promise<string> {
  const { order, after, filter } = request;
  const call = (sort: JobOrder, ...others: readonly string[]): string => {
    const sorted = `--sort=${formatJobOrder(sort)}`;
    return session.commandLine(quoteWords(["list", ...filterWords, sorted, ...others]));
  };
  const limited = limit === undefined ? [] : ["--limit", String(limit)];
  if (order === undefined && after === undefined) {
    const older = call({ key: "created", isDescending: true }, ...limited, "--after", `@${jobs[0]!.seq}`);
    return `${await countMore(store, filter, jobs)} more, page by page: ${older}`;
  }
  const { key, isDescending } = order ?? { key: "created", isDescending: false };
  if (key === "created") {
    return `There are more: ${call({ key, isDescending }, ...limited, "--after", `@${jobs.at(-1)!.seq}`)}`;
  }
  const more = await countMore(store, filter, jobs);
  return `${more} more; see them all: ${call({ key, isDescending }, "--limit", String(more + jobs.length))}`;
}

async function countMore(store: Store, filter: JobFilter, jobs: readonly ListedJob[]): Promise<number> {
  // While jobs come and go, fewer may be there by now than were seen.
  return Math.max(1, await store.countJobs(filter) - jobs.length);
}
