import { roughDuration } from "../../core/duration.ts";
import type { Job } from "../../core/job.ts";
import { listJobs } from "../../operations/list_jobs.ts";
import type { Store } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { printJobsJson } from "../job_table.ts";
import { isoTime } from "../json.ts";
import type { Session } from "../session.ts";
import { table, visible } from "../table.ts";
import { noOperands, numberOf } from "../words.ts";

/** How many jobs people are shown unless they ask for more. */
const shownAtOnce = 50;

export const dlqList: Command<number | undefined> = {
  name: "dlq list",
  summary: "the dead letter queue: jobs that were given up",
  usage: ["[--limit N] [--json]"],
  flags: [
    { name: "limit", short: "n", placeholder: "N", help: `at most this many, the newest (${shownAtOnce})` },
    jsonFlag,
  ],
  examples: [
    { line: "queuectl dlq list", does: "why each of them died" },
    { line: "queuectl dlq list --json | jq -r '.[].id'", does: "their ids" },
  ],
  permissions: ["read"],
  usesStore: true,
  parse(words) {
    noOperands(words, "dlq list");
    return numberOf(words, "limit", { from: 1, to: 1_000_000_000, command: "dlq list" });
  },
  async run(limit, session) {
    const store = await session.readStore();
    if (session.json) await printJobsJson(session, listJobs(store, { filter: { state: "dead" }, limit }));
    else await printTable(store, limit ?? shownAtOnce, session);
    return 0;
  },
};

async function printTable(store: Store | null, limit: number, session: Session): Promise<void> {
  const jobs = await store?.jobs({ state: "dead", order: "newest", limit }) ?? [];
  if (jobs.length === 0) return session.say("The dead letter queue is empty.");
  session.print(deadTable(jobs.toReversed(), await store!.now(), session));
  const more = (await store!.counts()).byState.dead - jobs.length;
  if (more > 0) {
    session.say(
      `${more} more; see them all: ${session.commandLine(`dlq list --limit ${more + jobs.length}`)}`,
    );
  }
}

/** The last error; before it the reason, where that is not that its attempts are used up. */
function whyDead({ lastError, reason, attempts, maxRetries }: Job): string {
  const isUsedUp = attempts >= maxRetries;
  return [isUsedUp ? null : reason, lastError].filter((text) => text !== null).join("; ") || (reason ?? "");
}

function deadTable(jobs: readonly Job[], now: number, session: Session): string {
  const { stdout } = session.world;
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
    { text: stdout.isTerminal ? `${roughDuration(now - job.finishedAt!)} ago` : isoTime(job.finishedAt!) },
    { text: visible(job.command) },
    { text: visible(whyDead(job)), colour: "red" as const },
  ]);
  return table(stdout, columns, rows);
}
