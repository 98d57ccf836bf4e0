import { roughDuration } from "../../core/duration.ts";
import type { Job } from "../../core/job.ts";
import type { DeadGroup } from "../../core/dead_group.ts";
import { deadPages, groupDead } from "../../operations/dead_letters.ts";
import { type ListedJob, listJobs } from "../../operations/list_jobs.ts";
import type { JobFilter } from "../../store/job_filter.ts";
import type { Store } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { deadFilterAt, deadFilterOf, deadFlags, type GivenDead, groupOf } from "../dead_flags.ts";
import { jsonFlag } from "../flag.ts";
import { printJobsJson } from "../job_table.ts";
import { deadGroupJson, isoTime } from "../../operations/json.ts";
import type { Session } from "../session.ts";
import { table, visible } from "../table.ts";
import { noOperands, numberOf, type ParsedWords, usage, valueOf } from "../words.ts";

/** How many jobs people are shown unless they ask for more. */
const shownAtOnce = 50;
/** What `--group` means without a value. */
const allGroups = "";

interface Options {
  readonly filter: GivenDead;
  readonly limit: number | undefined;
  /** All groups, the jobs of one of them, or (null) jobs whatever their groups are. */
  readonly group: string | null;
}

export const dlqList: Command<Options> = {
  name: "dlq list",
  summary: "the dead letter queue: jobs that were given up",
  usage: ["[FILTER] [--limit N] [--json]", "--group [FILTER] [--limit N] [--json]"],
  details: [
    "A group is all that died of the same: with the same exit code and the same last line of the error, but for " +
    "numbers, ids, times, paths, addresses and quoted texts. Its id stays the same; dlq retry and dlq purge take it.",
  ],
  flags: [
    ...deadFlags,
    {
      name: "group",
      placeholder: "GROUP",
      bare: allGroups,
      help: "by what they died of; with =GROUP only the jobs of that group",
    },
    { name: "limit", short: "n", placeholder: "N", help: `at most this many, the newest (${shownAtOnce})` },
    jsonFlag,
  ],
  examples: [
    { line: "queuectl dlq list", does: "why each of them died" },
    { line: "queuectl dlq list --group", does: "how many died of the same" },
    { line: "queuectl dlq list --queue video --exit-code 1 --since 2h", does: "some of them" },
    { line: "queuectl dlq list --json | jq -r '.[].id'", does: "their ids" },
  ],
  permissions: ["read"],
  usesStore: true,
  parse(words) {
    refuseLooseGroup(words);
    noOperands(words, "dlq list");
    return {
      filter: deadFilterOf(words),
      limit: numberOf(words, "limit", { from: 1, to: 1_000_000_000, command: "dlq list" }),
      group: valueOf(words, "group") === allGroups ? allGroups : groupOf(words),
    };
  },
  async run({ filter: given, limit, group }, session) {
    const store = await session.readStore();
    const filter = deadFilterAt(given, await store?.now() ?? 0);
    if (group === allGroups) await printGroups(store, filter, limit, session);
    else if (session.json) await printJobsJson(session, deadJobs(store, { filter, group, limit }));
    else await printTable(store, { filter, group, limit: limit ?? shownAtOnce }, session);
    return 0;
  },
};

/** `--group ID` would otherwise be read as the switch and an operand. */
function refuseLooseGroup(words: ParsedWords): void {
  if (valueOf(words, "group") !== allGroups || words.operands.length === 0) return;
  throw usage(
    `it takes no "${words.operands[0]}"; the jobs of one group: --group=${words.operands[0]}`,
    "dlq list",
  );
}

interface Wanted {
  readonly filter: JobFilter;
  readonly group: string | null;
  readonly limit: number | undefined;
}

/** As they arrived; with a limit the newest of them. */
async function* deadJobs(
  store: Store | null,
  { filter, group, limit }: Wanted,
): AsyncGenerator<readonly ListedJob[], void> {
  if (store === null || group === null) return yield* listJobs(store, { filter, limit });
  const through = Number.MAX_SAFE_INTEGER;
  let newest: ListedJob[] = [];
  for await (const page of deadPages(store, { filter, group, through })) {
    const listed = page.map((job) => ({ ...job, progress: null }));
    if (limit === undefined) yield listed;
    else newest = [...newest, ...listed].slice(-limit);
  }
  if (newest.length > 0) yield newest;
}

async function printTable(
  store: Store | null,
  wanted: Wanted & { readonly limit: number },
  session: Session,
): Promise<void> {
  const jobs: Job[] = [];
  for await (const page of deadJobs(store, wanted)) jobs.push(...page);
  if (jobs.length === 0) return session.say(await whyEmpty(store));
  session.print(deadTable(jobs, await store!.now(), session));
  if (jobs.length < wanted.limit || wanted.group !== null) return;
  const more = await store!.countJobs(wanted.filter) - jobs.length;
  if (more > 0) session.say(`${more} more; see them by: --limit ${more + jobs.length}`);
}

async function whyEmpty(store: Store | null): Promise<string> {
  const dead = (await store?.counts())?.byState.dead ?? 0;
  if (dead === 0) return "The dead letter queue is empty.";
  return `None of the ${dead === 1 ? "1 dead job" : `${dead} dead jobs`} is meant.`;
}

/** The last error; before it the reason, where that is not that its attempts are used up. */
function whyDead({ lastError, reason, attempts, maxRetries }: Job): string {
  const isUsedUp = attempts >= maxRetries;
  return [isUsedUp ? null : reason, lastError].filter((text) => text !== null).join("; ") || (reason ?? "");
}

function whenDied(at: number, now: number, session: Session): string {
  return session.world.stdout.isTerminal ? `${roughDuration(now - at)} ago` : isoTime(at);
}

function deadTable(jobs: readonly Job[], now: number, session: Session): string {
  const columns = [
    { title: "ID" },
    { title: "TRIES", alignRight: true },
    { title: "DIED" },
    { title: "COMMAND", isFlexible: true },
    { title: "LAST ERROR", isFlexible: true },
  ];
  const rows = jobs.map((job) => [
    { text: job.id },
    { text: `${job.attempts}/${Math.max(job.maxRetries, 1)}` },
    { text: whenDied(job.finishedAt!, now, session) },
    { text: visible(job.command) },
    { text: visible(whyDead(job)), colour: "red" as const },
  ]);
  return table(session.world.stdout, columns, rows);
}

async function printGroups(
  store: Store | null,
  filter: JobFilter,
  limit: number | undefined,
  session: Session,
): Promise<void> {
  const all = store === null ? [] : await groupDead(store, filter);
  const groups = all.slice(0, limit);
  if (session.json) return session.printJson(groups.map(deadGroupJson));
  if (groups.length === 0) return session.say(await whyEmpty(store));
  session.print(groupTable(groups, await store!.now(), session));
  if (groups.length < all.length) session.say(`${all.length - groups.length} smaller groups are left out.`);
  session.say(`Try one again: ${session.commandLine(`dlq retry --group ${groups[0]!.id}`)}`);
}

function groupTable(groups: readonly DeadGroup[], now: number, session: Session): string {
  const columns = [
    { title: "GROUP" },
    { title: "JOBS", alignRight: true },
    { title: "EXIT", alignRight: true },
    { title: "NEWEST" },
    { title: "OLDEST" },
    { title: "EXAMPLE" },
    { title: "ERROR", isFlexible: true },
  ];
  const rows = groups.map((group) => [
    { text: group.id },
    { text: String(group.count) },
    { text: group.exitCode === null ? "-" : String(group.exitCode) },
    { text: whenDied(group.newestAt, now, session) },
    { text: whenDied(group.oldestAt, now, session) },
    { text: group.example },
    { text: visible(group.text) || "-", colour: "red" as const },
  ]);
  return table(session.world.stdout, columns, rows);
}
