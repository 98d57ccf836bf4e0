/** `top` as lines: as many as the terminal is high, none wider than it is. */

import { roughDuration } from "../core/duration.ts";
import type { ListedJob } from "../operations/list_jobs.ts";
import type { TopFacts } from "../operations/read_top.ts";
import { paint, stateColour } from "./paint.ts";
import { progressText } from "./running_table.ts";
import { type Cell, type Column, shorten, table, visible } from "./table.ts";
import { jobsShown, type Pane, selectedIndex, shownState, type TopState } from "./top_state.ts";
import type { Output } from "./world.ts";

export interface TopScreen {
  readonly output: Output;
  readonly location: string;
  readonly state: TopState;
  /** Null before the first look, and while there is no store. */
  readonly facts: TopFacts | null;
  /** The lines of the job whose output is viewed. */
  readonly outputLines: readonly string[];
  /** Why what is shown is not new, or null. */
  readonly trouble: string | null;
}

export const helpLines = [
  "up/down, j/k    select (also PgUp, PgDn, Home, End)",
  "tab             go to the queues, and back to the jobs",
  "p               pause the selected queue, or resume it",
  "c               cancel the selected job, after y",
  "r               retry the selected job: due now, attempts reset",
  "l, Enter        view what the selected job wrote",
  "/               show only jobs with a text in id, command, label, queue or state",
  "Esc             show all of them again",
  "q, Ctrl-C       quit",
] as const;

export function topLines(screen: TopScreen): readonly string[] {
  const { output, state, facts } = screen;
  const rows = Math.max(3, output.rows);
  const body = rows - 2;
  const lines = state.mode.kind === "help"
    ? ["Keys", "", ...helpLines]
    : state.mode.kind === "output"
    ? outputOf(screen, body)
    : facts === null
    ? ["", "No jobs yet. The first one makes the store: queuectl enqueue -- echo hello"]
    : panes(screen, facts, body);
  const filled = [...lines.slice(0, body), ...Array<string>(Math.max(0, body - lines.length)).fill("")];
  return [headLine(screen), ...filled, footLine(screen)];
}

function headLine({ output, facts, location }: TopScreen): string {
  if (facts === null) return paint(output, "bold", shorten(`queuectl top · ${location}`, output.columns));
  const { counts, workers, now } = facts;
  const busy = workers.filter(({ state }) => state === "busy").length;
  const due = counts.byState.pending - counts.delayed;
  const parts = [
    "queuectl top",
    new Date(now).toISOString().slice(11, 19) + "Z",
    workers.length === 0
      ? "no workers"
      : `${workers.length} worker${workers.length === 1 ? "" : "s"}, ${busy} busy`,
    `${counts.byState.processing} running`,
    `${due} due`,
    `${counts.byState.dead} dead`,
    location,
  ];
  return paint(output, "bold", shorten(parts.join(" · "), output.columns));
}

function footLine({ output, state, trouble, facts }: TopScreen): string {
  const line = (text: string) => shorten(text, output.columns);
  switch (state.mode.kind) {
    case "cancel":
      return paint(output, "yellow", line(`Cancel job ${state.mode.id}? y/n`));
    case "filter":
      return line(`Filter: ${state.filter}_   (Enter keeps it, Esc does not)`);
    case "help":
      return paint(output, "dim", line("Any key goes back"));
    case "output":
      return paint(output, "dim", line("up/down scroll · q back"));
    case "list": {
      if (trouble !== null) return paint(output, "red", line(trouble));
      if (state.message !== null) return line(state.message);
      const filter = state.filter === "" ? "" : `only "${visible(state.filter)}" (Esc: all) · `;
      const keys = facts === null
        ? "q quit"
        : "tab queues/jobs · p pause · c cancel · r retry · l output · / filter · ? · q";
      return paint(output, "dim", line(filter + keys));
    }
  }
}

/** Queues and workers get what they need, up to a part of the screen; jobs the rest. */
function panes(screen: TopScreen, facts: TopFacts, body: number): string[] {
  const most = Math.max(2, Math.floor(body / 4));
  const queueRows = Math.min(facts.queues.length, most);
  const workerRows = Math.min(facts.workers.length, most);
  const above = [
    ...pane(screen, "queues", queueTable(facts), queueRows),
    ...(workerRows === 0 ? [] : pane(screen, null, workerTable(facts), workerRows)),
  ];
  const jobRows = Math.max(1, body - above.length - 1);
  const jobs = jobsShown(screen.state, facts);
  return [...above, ...pane(screen, "jobs", jobTable(jobs, facts.now), jobRows)];
}

interface Rows {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A title and so many rows of it, among them the one that is selected. */
function pane(
  { output, state, facts }: TopScreen,
  name: Pane | null,
  { columns, rows }: Rows,
  height: number,
): string[] {
  const selected = name === null ? -1 : selectedIndex(state, facts, name);
  const from = Math.max(0, Math.min(selected - Math.floor(height / 2), rows.length - height));
  // The mark takes two columns; colours of a line that is shown inverted would be mixed up.
  const [title, ...lines] = table(
    { ...output, columns: output.columns - 2, hasColour: output.hasColour } as Output,
    columns,
    rows,
  )
    .split("\n");
  const isActive = name === state.pane;
  const shown = lines.slice(from, from + height).map((line, index) => {
    const isSelected = from + index === selected && rows.length > 0;
    if (!isSelected) return `  ${line}`;
    return isActive && output.hasColour
      ? `\x1b[7m> ${plain(line)}\x1b[0m`
      : `${isActive ? ">" : "·"} ${line}`;
  });
  const hidden = rows.length - Math.min(rows.length, height);
  const note = hidden > 0 ? `  (${from + 1}-${from + height} of ${rows.length})` : "";
  return [`  ${title}${note}`, ...shown];
}

function plain(line: string): string {
  // deno-lint-ignore no-control-regex -- colours are what must go
  return line.replaceAll(/\x1b\[[\d;]*m/g, "");
}

function queueTable({ queues }: TopFacts): Rows {
  const numbers = ["RUNNING", "PENDING", "RETRYING", "COMPLETED", "DEAD"];
  return {
    columns: [
      { title: "QUEUE", isFlexible: true },
      { title: "STATE" },
      ...numbers.map((title) => ({ title, alignRight: true })),
    ],
    rows: queues.map(({ queue, live, byState, failed }) => [
      { text: queue.name },
      { text: queue.state, colour: queue.state === "open" ? "green" as const : "yellow" as const },
      { text: queue.limit === null ? String(live) : `${live}/${queue.limit}` },
      ...[byState.pending, failed, byState.completed, byState.dead].map((count) => ({ text: String(count) })),
    ]),
  };
}

function workerTable({ workers, now }: TopFacts): Rows {
  return {
    columns: [
      { title: "WORKER" },
      { title: "STATE" },
      { title: "SLOTS", alignRight: true },
      { title: "BEAT", alignRight: true },
      { title: "HOST", isFlexible: true },
      { title: "JOBS", isFlexible: true },
    ],
    rows: workers.map((worker) => [
      { text: worker.id },
      { text: worker.state, colour: stateColour(worker.state) },
      { text: `${worker.jobs.length}/${worker.concurrency}` },
      { text: roughDuration(now - worker.heartbeatAt) },
      { text: worker.hostName },
      { text: worker.held ?? worker.jobs.join(" ") },
    ]),
  };
}

function jobTable(jobs: readonly ListedJob[], now: number): Rows {
  return {
    columns: [
      { title: "JOB", isFlexible: true },
      { title: "STATE" },
      { title: "QUEUE", isFlexible: true },
      { title: "RUN", alignRight: true },
      { title: "FOR", alignRight: true },
      { title: "PROGRESS", isFlexible: true },
      { title: "COMMAND", isFlexible: true },
    ],
    rows: jobs.map((job) => [
      { text: job.id },
      { text: shownState(job), colour: stateColour(shownState(job)) },
      { text: job.queue },
      { text: String(job.runCount) },
      { text: sinceText(job, now) },
      { text: job.state === "processing" ? progressText(job.progress) : job.reason ?? job.lastError ?? "-" },
      { text: visible(job.label ?? job.command) },
    ]),
  };
}

/** How long it runs, when it is tried again, or how long ago it ended. */
function sinceText(job: ListedJob, now: number): string {
  const short = (ms: number) => roughDuration(ms).split(" ")[0]!;
  if (job.state === "processing") return short(now - job.startedAt!);
  if (job.state === "pending") return job.runAt > now ? `in ${short(job.runAt - now)}` : "due";
  return `-${short(now - (job.finishedAt ?? now))}`;
}

function outputOf({ output, state, outputLines }: TopScreen, body: number): string[] {
  if (state.mode.kind !== "output") return [];
  const { id, up } = state.mode;
  const height = body - 1;
  const end = Math.max(Math.min(height, outputLines.length), outputLines.length - up);
  const shown = outputLines.slice(Math.max(0, end - height), end);
  const title = shorten(`Output of ${id}`, output.columns);
  return [paint(output, "bold", title), ...shown.map((line) => shorten(line, output.columns))];
}
