/** The columns that `list --columns` can show: the fields of a job's JSON. */

import { QueueError } from "../core/errors.ts";
import { roughDuration } from "../core/duration.ts";
import type { ListedJob } from "../operations/list_jobs.ts";
import { didYouMean } from "../core/suggest.ts";
import { shownState } from "./job_table.ts";
import { jobJson } from "../operations/json.ts";
import { stateColour } from "./paint.ts";
import { type Cell, type Column, table, visible } from "./table.ts";
import type { Output } from "./world.ts";

export type JobColumn = keyof ReturnType<typeof jobJson>;

/** How a field looks in a table; `long` ones share what the terminal leaves. */
const columnKinds: Readonly<Record<JobColumn, "short" | "number" | "time" | "long">> = {
  id: "short",
  arrival: "number",
  command: "long",
  argv: "long",
  state: "short",
  reason: "long",
  attempts: "number",
  max_retries: "number",
  rules: "long",
  snoozes: "number",
  priority: "number",
  queue: "short",
  cwd: "long",
  env: "long",
  stdin_bytes: "number",
  label: "short",
  meta: "long",
  needs: "short",
  key: "short",
  slots: "number",
  resources: "short",
  unique: "short",
  open_parents: "number",
  hook_of: "short",
  webhook: "long",
  timeout: "number",
  kill_after: "number",
  run_at: "time",
  expires_at: "time",
  created_at: "time",
  updated_at: "time",
  started_at: "time",
  finished_at: "time",
  exit_code: "number",
  last_error: "long",
  progress: "short",
  runs: "number",
};
const jobColumns = Object.keys(columnKinds) as JobColumn[];

/** Reads "id,state,command". Throws a usage error that names the nearest column. */
export function parseColumns(text: string): JobColumn[] {
  return text.split(",").map((part) => {
    const name = part.trim().replaceAll("-", "_");
    const found = jobColumns.find((known) => known === name);
    if (found !== undefined) return found;
    throw new QueueError("usage", `Cannot list jobs: "${name}" is no column`, {
      hint: didYouMean(name, jobColumns) ?? `Columns are: ${jobColumns.join(", ")}`,
    });
  });
}

export function columnTable(
  output: Output,
  names: readonly JobColumn[],
  { jobs, now }: { readonly jobs: readonly ListedJob[]; readonly now: number },
): string {
  const columns: Column[] = names.map((name) => ({
    title: name.toUpperCase(),
    alignRight: columnKinds[name] === "number" || columnKinds[name] === "time",
    isFlexible: columnKinds[name] === "long",
  }));
  const rows = jobs.map((job) => {
    const json = jobJson(job);
    return names.map((name): Cell => {
      if (name === "state") return { text: shownState(job), colour: stateColour(shownState(job)) };
      const value = json[name];
      if (value !== null && columnKinds[name] === "time" && output.isTerminal) {
        return { text: relativeTime(Date.parse(String(value)), now) };
      }
      return { text: visible(cellText(value)) };
    });
  });
  return table(output, columns, rows);
}

function cellText(value: unknown): string {
  if (value === null) return "-";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function relativeTime(at: number, now: number): string {
  return at > now ? `in ${roughDuration(at - now)}` : `${roughDuration(now - at)} ago`;
}
