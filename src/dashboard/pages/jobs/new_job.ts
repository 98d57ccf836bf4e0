/** The form of a new job: what its fields become in a request, and which of them a refusal is about. */

import type { ApiError } from "../../api/api_error.ts";

export const newJobFields = [
  "command",
  "queue",
  "priority",
  "delay",
  "max_retries",
  "key",
  "unique",
  "id",
  "run_at",
  "expires",
  "timeout",
  "cwd",
  "label",
  "meta",
  "env",
  "needs",
  "after",
  "stdin",
  "webhook",
] as const;
export type NewJobField = (typeof newJobFields)[number];
/** As they were typed. */
export type NewJobForm = Readonly<Record<NewJobField, string>>;

export const emptyForm = Object.fromEntries(newJobFields.map((field) => [field, ""])) as NewJobForm;

/** Whether something stands in the form that did not at first. */
export function isTyped(form: NewJobForm, first: NewJobForm): boolean {
  return newJobFields.some((field) => form[field] !== first[field]);
}

/** Fields that one seldom needs, which are folded away. */
export const advancedFields: readonly NewJobField[] = newJobFields.slice(newJobFields.indexOf("id"));

/** As the API takes it; what is empty is left to the queue and the settings. */
export function bodyOf(form: NewJobForm): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of newJobFields) {
    const text = form[field];
    if (text.trim() !== "") body[field] = valueOf(field, text);
  }
  return body;
}

function valueOf(field: NewJobField, text: string): unknown {
  switch (field) {
    case "priority":
    case "max_retries":
      // What is no number is the server's to refuse, in its words.
      return /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : text;
    case "meta":
    case "env":
      return Object.fromEntries(wordsOf(text, "\n").map(splitPair));
    case "needs":
    case "after":
      return wordsOf(text, /[\s,]+/);
    case "command":
    case "stdin":
      return text;
    default:
      return text.trim();
  }
}

function wordsOf(text: string, separator: string | RegExp): string[] {
  return text.split(separator).map((word) => word.trim()).filter((word) => word !== "");
}

function splitPair(line: string): [string, string] {
  const equals = line.indexOf("=");
  return equals === -1 ? [line, ""] : [line.slice(0, equals).trim(), line.slice(equals + 1)];
}

/** Refusals that name their field in words. */
const inWords: readonly (readonly [RegExp, NewJobField])[] = [
  [/cannot be its id|a job of that id/, "id"],
  [/its command is/, "command"],
  [/its queue /, "queue"],
  [/has the unique key/, "unique"],
  [/expire/, "expires"],
  [/wait/, "after"],
];

/** The field that a refusal is about; null where it is about none of the form. */
export function fieldOfProblem({ message }: Pick<ApiError, "message">): NewJobField | null {
  const found = message.replace(/^Cannot enqueue [^:]*: /, "");
  const quoted = / in "(\w+)"/.exec(found)?.[1] ?? /^(?:it has (?:no|both) )?"(\w+)"/.exec(found)?.[1];
  return newJobFields.find((field) => field === quoted) ??
    inWords.find(([pattern]) => pattern.test(found))?.[1] ?? null;
}
