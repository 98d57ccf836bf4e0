import { roughDuration } from "../../core/duration.ts";
import { jobStates } from "../../core/job.ts";
import { stateOf } from "../../operations/list_workers.ts";
import type { Counts, WorkerRow } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { statusJson } from "../json.ts";
import { type Paint, paint } from "../paint.ts";
import type { Session } from "../session.ts";
import { noOperands } from "../words.ts";

const noJobs: Counts = {
  byState: { pending: 0, blocked: 0, processing: 0, completed: 0, dead: 0, cancelled: 0 },
  failed: 0,
  delayed: 0,
  nextDueAt: null,
};

export const status: Command<void> = {
  name: "status",
  summary: "how many jobs are in each state, and what the workers do",
  usage: ["[--json]"],
  details: ["Failed jobs wait for their next attempt: they are pending, and are counted there too."],
  flags: [jsonFlag],
  examples: [
    { line: "queuectl status", does: "for people" },
    { line: "queuectl status --json | jq .pending", does: "for scripts" },
  ],
  permissions: ["read"],
  usesStore: true,
  parse: (words) => noOperands(words, "status"),
  async run(_, session) {
    const store = await session.readStore();
    const counts = await store?.counts() ?? noJobs;
    const now = await store?.now() ?? session.world.now();
    const workers = await store?.workers() ?? [];
    const alive = workers.filter((worker) => stateOf(worker, now) !== "silent");
    if (session.json) session.printJson(statusJson(counts, { alive }));
    else session.print(text(counts, { alive, silent: workers.length - alive.length, now }, session));
    return 0;
  },
};

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
