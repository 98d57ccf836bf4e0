import { roughDuration } from "../../core/duration.ts";
import { jobStates } from "../../core/job.ts";
import { type ListedJob, listRunning } from "../../operations/list_jobs.ts";
import { stateOf } from "../../operations/list_workers.ts";
import type { Counts, Store, WorkerRow } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { statusJson } from "../../operations/json.ts";
import { noJobs } from "../../operations/no_jobs.ts";
import { type Paint, paint } from "../paint.ts";
import { runningTable } from "../running_table.ts";
import type { Session } from "../session.ts";
import type { View } from "../view.ts";
import { watchFlag, watchOf } from "../watch_flag.ts";
import { noOperands } from "../words.ts";

/** As it is at one moment. */
interface Seen {
  readonly counts: Counts;
  readonly crew: Crew;
}

/** The same, with what runs. */
interface Watched extends Seen {
  readonly running: readonly ListedJob[];
}

/** More than this many do not fit on a screen. */
const mostRunning = 100;

interface Options {
  readonly watchMs: number | undefined;
}

export const status: Command<Options> = {
  name: "status",
  summary: "how many jobs are in each state, and what the workers do",
  usage: ["[--watch[=INTERVAL]] [--json]"],
  details: [
    "Failed jobs wait for their next attempt: they are pending, and are counted there too. --watch also shows the jobs " +
    "that run, with the progress that they tell of; with --json it prints one document a line, whenever it is another one.",
  ],
  flags: [watchFlag, jsonFlag],
  examples: [
    { line: "queuectl status", does: "for people" },
    { line: "queuectl status --watch", does: "until Ctrl-C, with what runs" },
    { line: "queuectl status --json | jq .pending", does: "for scripts" },
  ],
  permissions: ["read"],
  usesStore: true,
  parse(words, session) {
    noOperands(words, "status");
    return { watchMs: watchOf(words, "status", session) };
  },
  async run({ watchMs }, session) {
    if (watchMs !== undefined) {
      const { watch } = await import("../watch.ts");
      return await watch(viewOf(session), watchMs, session);
    }
    const seen = await look(await session.readStore(), session);
    if (session.json) session.printJson(statusJson(seen.counts, seen.crew));
    else session.print(text(seen.counts, seen.crew, session));
    return 0;
  },
};

async function look(store: Store | null, session: Session): Promise<Seen> {
  const counts = await store?.counts() ?? noJobs;
  const now = await store?.now() ?? session.world.now();
  const workers = await store?.workers() ?? [];
  const alive = workers.filter((worker) => stateOf(worker, now) !== "silent");
  return { counts, crew: { alive, silent: workers.length - alive.length, now } };
}

function viewOf(session: Session): View<Watched> {
  return {
    async look(store) {
      const running = store === null || session.json ? [] : await listRunning(store, mostRunning);
      return { ...await look(store, session), running };
    },
    lines({ counts, crew, running }) {
      const lines = text(counts, crew, session).split("\n");
      if (running.length === 0) return lines;
      const table = runningTable(session.world.stdout, running, crew.now).split("\n");
      const more = counts.byState.processing - running.length;
      return [...lines, "", ...table, ...(more > 0 ? [`… and ${more} more`] : [])];
    },
    keepsLast: false,
    json: ({ counts, crew }) => statusJson(counts, crew),
  };
}

interface Crew {
  readonly alive: readonly WorkerRow[];
  readonly silent: number;
  readonly now: number;
}

function text(counts: Counts, crew: Crew, session: Session): string {
  const { byState } = counts;
  const line = (name: string, count: number, colour: Paint): string => {
    const shown = `- ${name.padEnd(12)}: ${count}`;
    return count > 0 ? paint(session.world.stdout, colour, shown) : shown;
  };
  return [
    "--- Job Status Summary ---",
    line("Pending", byState.pending, "cyan"),
    line("Processing", byState.processing, "blue"),
    line("Completed", byState.completed, "green"),
    line("Failed", counts.failed, "yellow"),
    line("Dead", byState.dead, "red"),
    [workersText(crew, session), ...otherTexts(counts, crew.now)].join(" · "),
  ].join("\n");
}

function workersText({ alive, silent }: Crew, session: Session): string {
  if (alive.length + silent === 0) return `No workers (${session.commandLine("worker start")})`;
  const stopping = alive.filter((worker) => worker.stop !== null).length;
  const busy = alive.filter((worker) => worker.stop === null && worker.jobs.length > 0).length;
  const parts = [`${busy} busy`, `${alive.length - busy - stopping} idle`];
  if (stopping > 0) parts.push(`${stopping} stopping`);
  if (silent > 0) parts.push(`${silent} silent`);
  return `${alive.length + silent} worker${alive.length + silent === 1 ? "" : "s"} (${parts.join(", ")})`;
}

function otherTexts(counts: Counts, now: number): string[] {
  const texts = [];
  const due = counts.byState.pending - counts.delayed;
  if (due > 0) texts.push(`${due} due now`);
  if (counts.delayed > 0) {
    texts.push(`${counts.delayed} delayed, next due in ${roughDuration(counts.nextDueAt! - now)}`);
  }
  for (const state of jobStates) {
    if ((state === "blocked" || state === "cancelled") && counts.byState[state] > 0) {
      texts.push(`${counts.byState[state]} ${state}`);
    }
  }
  return texts;
}
