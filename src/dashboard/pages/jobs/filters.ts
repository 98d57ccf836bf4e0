/** The filters of the list of jobs: what the URL says, what the API is asked, what is told of them. */

import type { QueryValues } from "../../api/query_text.ts";
import { type ShownState, shownStates, stateWords } from "../../format/job_state.ts";

/** As parameters of the URL and of the API; what is not set is "" or empty. */
export interface JobFilters {
  readonly state: ShownState | "";
  readonly queue: string;
  /** In the id, the label, the command or the last error. */
  readonly text: string;
  readonly label: string;
  /** NAME=VALUE, each of them. */
  readonly meta: readonly string[];
  /** "24h" (ago), or a time with its offset. */
  readonly since: string;
}

export const noFilters: JobFilters = {
  state: "",
  queue: "",
  text: "",
  label: "",
  meta: [],
  since: "",
};

/** Where in the list a page is: its own start, or the start of the page after it. */
export interface Place {
  readonly after: string | null;
  readonly before: string | null;
}

export function filtersOf(query: URLSearchParams): JobFilters {
  const given = (name: string) => query.get(name) ?? "";
  return {
    state: shownStates.find((state) => state === given("state")) ?? "",
    queue: given("queue"),
    text: given("text"),
    label: given("label"),
    meta: query.getAll("meta"),
    since: given("since"),
  };
}

export function placeOf(query: URLSearchParams): Place {
  return { after: query.get("after"), before: query.get("before") };
}

/** As the query of a list, or the filter in a body: without what is not set. */
export function setFilters(filters: JobFilters): Readonly<Record<string, string | readonly string[]>> {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value.length > 0));
}

export interface Chip {
  /** "Queue: mail". */
  readonly text: string;
  /** What takes it away again, and the place with it. */
  readonly without: QueryValues;
}

export function chipsOf(filters: JobFilters): Chip[] {
  const { state, queue, text, label, meta, since } = filters;
  const chips: Chip[] = [];
  const add = (told: string, without: QueryValues) =>
    chips.push({ text: told, without: { ...without, ...start } });
  if (state !== "") add(`State: ${stateWords[state].name.toLowerCase()}`, { state: null });
  if (queue !== "") add(`Queue: ${queue}`, { queue: null });
  if (text !== "") add(`Text: ${text}`, { text: null });
  if (label !== "") add(`Label: ${label}`, { label: null });
  for (const pair of meta) add(`Meta: ${pair}`, { meta: meta.filter((each) => each !== pair) });
  if (since !== "") add(`Enqueued: ${sinceWords(since)}`, { since: null });
  return chips;
}

/** The newest page, which is where a filter begins. */
export const start = { after: null, before: null } as const;

/** "in the last 24h", "since 2026-03-01T00:00:00Z". */
export function sinceWords(since: string): string {
  return /^[\d.]+[a-z]/.test(since) ? `in the last ${since}` : `since ${since}`;
}

/** Whether a text could be the id of a job, so that there may be one. */
export function mayBeId(text: string): boolean {
  return /^[A-Za-z0-9][\w.:-]{0,127}$/.test(text);
}
