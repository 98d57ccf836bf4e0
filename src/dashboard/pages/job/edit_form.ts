/** The form that edits a job: what stands in its fields, and which changes they mean. */

import type { ShownJob } from "../../api/types.ts";

export const editFields = [
  "command",
  "queue",
  "priority",
  "max_retries",
  "start",
  "timeout",
  "kill_after",
] as const;
export type EditField = (typeof editFields)[number];
export type EditValues = Readonly<Record<EditField, string>>;

/** What the API calls them; a start is a time or a wait. */
export const apiFields = [
  "command",
  "argv",
  "queue",
  "priority",
  "max_retries",
  "run_at",
  "delay",
  "timeout",
  "kill_after",
] as const;

export function fieldOf(name: string): EditField | "" {
  if (name === "argv") return "command";
  if (name === "run_at" || name === "delay") return "start";
  return editFields.find((field) => field === name) ?? "";
}

/** The values as they are; the start is left empty, which means that it stays. */
export function valuesOf(job: ShownJob): EditValues {
  return {
    command: job.argv === null ? job.command : JSON.stringify(job.argv),
    queue: job.queue,
    priority: String(job.priority),
    max_retries: String(job.max_retries),
    start: "",
    timeout: job.timeout ?? "",
    kill_after: job.kill_after ?? "",
  };
}

/** What was changed, as the API takes it; what can be read as no number or list goes as it is, and is refused there. */
export function changesOf(job: ShownJob, values: EditValues): Readonly<Record<string, unknown>> {
  const before = valuesOf(job);
  const changes: Record<string, unknown> = {};
  for (const field of editFields) {
    const value = field === "command" ? values[field] : values[field].trim();
    if (value === before[field]) continue;
    switch (field) {
      case "command":
        if (job.argv === null) changes.command = value;
        else changes.argv = readList(value);
        break;
      case "priority":
      case "max_retries":
        changes[field] = /^[+-]?\d+$/.test(value) ? Number(value) : value;
        break;
      case "start":
        changes[/^\d{4}-/.test(value) ? "run_at" : "delay"] = value;
        break;
      case "timeout":
      case "kill_after":
        changes[field] = value === "" ? null : value;
        break;
      case "queue":
        changes.queue = value;
        break;
    }
  }
  return changes;
}

function readList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
