/** What keys do in `top`: from one state to the next, and what is to be done then. */

import type { ListedJob } from "../operations/list_jobs.ts";
import type { TopFacts } from "../operations/read_top.ts";

export type Pane = "queues" | "jobs";

export type Mode =
  | { readonly kind: "list" }
  | { readonly kind: "help" }
  | { readonly kind: "filter"; readonly before: string }
  | { readonly kind: "cancel"; readonly id: string }
  /** How many lines above the end are shown last. */
  | { readonly kind: "output"; readonly id: string; readonly up: number };

export interface TopState {
  readonly pane: Pane;
  /** By name and id, so that what is selected stays so while lines move. */
  readonly selected: { readonly queues: string | null; readonly jobs: string | null };
  readonly filter: string;
  readonly mode: Mode;
  readonly message: string | null;
}

export type Effect =
  | { readonly do: "quit"; readonly code: number }
  | { readonly do: "pause" | "resume"; readonly queue: string }
  | { readonly do: "cancel" | "retry"; readonly id: string }
  /** To be looked at anew. */
  | { readonly do: "look" };

export const firstState: TopState = {
  pane: "jobs",
  selected: { queues: null, jobs: null },
  filter: "",
  mode: { kind: "list" },
  message: null,
};

/** How far a page goes. */
const pageLines = 10;

export function press(
  state: TopState,
  key: string,
  facts: TopFacts | null,
): { readonly state: TopState; readonly effect?: Effect } {
  if (key === "ctrl-c") return { state, effect: { do: "quit", code: 130 } };
  const now = { ...state, message: null };
  switch (state.mode.kind) {
    case "list":
      return pressInList(now, key, facts);
    case "help":
      return { state: toList(now) };
    case "filter":
      return { state: typed(now, key, state.mode.before) };
    case "cancel":
      return key === "y" || key === "Y"
        ? { state: toList(now), effect: { do: "cancel", id: state.mode.id } }
        : { state: { ...toList(now), message: "Not cancelled." } };
    case "output":
      return { state: scrolled(now, key, state.mode) };
  }
}

function toList(state: TopState): TopState {
  return { ...state, mode: { kind: "list" } };
}

function pressInList(state: TopState, key: string, facts: TopFacts | null): ReturnType<typeof press> {
  const move = moves[key];
  if (move !== undefined) return { state: select(state, facts, move) };
  switch (key) {
    case "q":
      return { state, effect: { do: "quit", code: 0 } };
    case "?":
    case "h":
      return { state: { ...state, mode: { kind: "help" } } };
    case "tab":
    case "left":
    case "right":
      return { state: { ...state, pane: state.pane === "jobs" ? "queues" : "jobs" } };
    case "/":
      return { state: { ...state, pane: "jobs", mode: { kind: "filter", before: state.filter } } };
    case "escape":
      return { state: { ...state, filter: "" } };
    case "p":
      return pauseOrResume(state, facts);
    case "c":
    case "r":
    case "l":
    case "enter":
      return onJob(state, key, facts);
    case "ctrl-l":
      return { state, effect: { do: "look" } };
    default:
      return { state: { ...state, message: `No key "${key}" here; ? shows those there are.` } };
  }
}

const moves: Readonly<Record<string, number>> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  pageup: -pageLines,
  pagedown: pageLines,
  home: -Infinity,
  g: -Infinity,
  end: Infinity,
  G: Infinity,
};

function select(state: TopState, facts: TopFacts | null, by: number): TopState {
  const names = namesIn(state, facts);
  if (names.length === 0) return state;
  const at = Math.max(0, selectedIndex(state, facts));
  const next = names[Math.min(Math.max(at + by, 0), names.length - 1)]!;
  return { ...state, selected: { ...state.selected, [state.pane]: next } };
}

function namesIn(state: TopState, facts: TopFacts | null): readonly string[] {
  if (facts === null) return [];
  return state.pane === "queues"
    ? facts.queues.map(({ queue }) => queue.name)
    : jobsShown(state, facts).map(({ id }) => id);
}

/** Where the selection is; the first one where what was selected is gone, -1 where there is nothing. */
export function selectedIndex(state: TopState, facts: TopFacts | null, pane: Pane = state.pane): number {
  const names = namesIn({ ...state, pane }, facts);
  const wanted = state.selected[pane];
  const found = wanted === null ? -1 : names.indexOf(wanted);
  return found === -1 ? Math.min(0, names.length - 1) : found;
}

/** The jobs that the filter means: by a part of the id, command, label, queue or state. */
export function jobsShown({ filter }: Pick<TopState, "filter">, facts: TopFacts): readonly ListedJob[] {
  if (filter === "") return facts.jobs;
  const wanted = filter.toLowerCase();
  return facts.jobs.filter((job) =>
    [job.id, job.command, job.label ?? "", job.queue, shownState(job)].some((text) =>
      text.toLowerCase().includes(wanted)
    )
  );
}

export function shownState(job: Pick<ListedJob, "state" | "attempts">): string {
  return job.state === "pending" && job.attempts > 0 ? "failed" : job.state;
}

function pauseOrResume(state: TopState, facts: TopFacts | null): ReturnType<typeof press> {
  const report = facts?.queues[selectedIndex(state, facts, "queues")];
  if (report === undefined) return { state: { ...state, message: "There is no queue." } };
  const { name, state: now } = report.queue;
  return { state, effect: { do: now === "open" ? "pause" : "resume", queue: name } };
}

function onJob(state: TopState, key: string, facts: TopFacts | null): ReturnType<typeof press> {
  const job = facts === null ? undefined : jobsShown(state, facts)[selectedIndex(state, facts, "jobs")];
  if (job === undefined) return { state: { ...state, message: "No job is selected." } };
  if (key === "r") return { state, effect: { do: "retry", id: job.id } };
  if (key === "c" && job.state === "dead") {
    return { state: { ...state, message: `${job.id} is dead already.` } };
  }
  if (key === "c") return { state: { ...state, mode: { kind: "cancel", id: job.id } } };
  return { state: { ...state, mode: { kind: "output", id: job.id, up: 0 } }, effect: { do: "look" } };
}

function typed(state: TopState, key: string, before: string): TopState {
  switch (key) {
    case "enter":
      return toList(state);
    case "escape":
      return { ...toList(state), filter: before };
    case "backspace":
      return { ...state, filter: [...state.filter].slice(0, -1).join("") };
    case "ctrl-u":
      return { ...state, filter: "" };
    default:
      return [...key].length === 1 ? { ...state, filter: state.filter + key } : state;
  }
}

function scrolled(state: TopState, key: string, mode: Extract<Mode, { kind: "output" }>): TopState {
  if (["q", "l", "escape", "enter", "left"].includes(key)) return toList(state);
  const move = moves[key];
  if (move === undefined) return state;
  return { ...state, mode: { ...mode, up: Math.min(Math.max(mode.up - move, 0), Number.MAX_SAFE_INTEGER) } };
}
