/** The flags that say which jobs are meant, the same for each command that takes them. */

import { QueueError } from "../core/errors.ts";
import { type StateFilter, stateFilters } from "../core/job.ts";
import { instantOfSince, parseSince, type Since } from "../core/since.ts";
import { didYouMean } from "../core/suggest.ts";
import type { JobFilter } from "../store/job_filter.ts";
import type { Flag } from "./flag.ts";
import { type ParsedWords, usage, valueOf } from "./words.ts";

/** A filter as it was typed, before the store has told its time. */
export interface GivenFilter extends Omit<JobFilter, "since" | "isUnfinished"> {
  readonly since?: Since | undefined;
}

export const filterFlags: readonly Flag[] = [
  { name: "state", short: "s", placeholder: "STATE", help: stateFilters.join(", ") },
  { name: "queue", placeholder: "NAME", help: "only jobs of this queue" },
  { name: "label", placeholder: "TEXT", help: "only jobs with exactly this label" },
  {
    name: "meta",
    placeholder: "NAME=VALUE",
    help: "only jobs with this in their meta data; repeatable, and all must be there",
    repeatable: true,
  },
  {
    name: "text",
    placeholder: "TEXT",
    help: "only jobs with this in their id, label, command or last error, in large or small letters",
  },
  {
    name: "command-contains",
    placeholder: "TEXT",
    help: "only jobs with this in their command, in large or small letters",
  },
  {
    name: "since",
    placeholder: "WHEN",
    help: `only jobs that were enqueued since then: "2h" (ago), or a time with its offset`,
  },
];

/** The filter that the flags of a command give. `action` is what it would do to jobs: "list". */
export function filterOf(words: ParsedWords, command: string, action: string): GivenFilter {
  return {
    state: stateFilter(valueOf(words, "state"), action),
    queue: textOf(words, "queue", command),
    label: textOf(words, "label", command),
    meta: metaOf(words.values.get("meta"), command),
    text: textOf(words, "text", command),
    commandContains: textOf(words, "command-contains", command),
    since: sinceOf(valueOf(words, "since"), command),
  };
}

/** The flags of the filter as they were given, to be typed again. */
export function filterWords(words: ParsedWords): string[] {
  return filterFlags.flatMap(({ name }) =>
    (words.values.get(name) ?? []).flatMap((value) =>
      value.startsWith("-") ? [`--${name}=${value}`] : [`--${name}`, value]
    )
  );
}

export function filterAt({ since, ...others }: GivenFilter, now: number): JobFilter {
  return { ...others, since: since === undefined ? undefined : instantOfSince(since, now) };
}

function stateFilter(text: string | undefined, action: string): StateFilter | undefined {
  if (text === undefined) return undefined;
  const found = stateFilters.find((state) => state === text.toLowerCase());
  if (found !== undefined) return found;
  throw new QueueError("usage", `Cannot ${action} jobs: "${text}" is no state`, {
    hint: didYouMean(text, stateFilters) ?? `States are: ${stateFilters.join(", ")}`,
  });
}

/** What no job can have would look like a filter that meets nothing, and an empty one like none. */
export function textOf(words: ParsedWords, name: string, command: string): string | undefined {
  const text = valueOf(words, name);
  if (text === undefined) return undefined;
  if (text === "") throw usage(`--${name} is empty`, command);
  return checkedText(text, name, command);
}

function checkedText(text: string, name: string, command: string): string {
  if (!text.includes("\0") && text.isWellFormed()) return text;
  throw usage(`--${name} holds what no job can have: a NUL character, or half a character`, command);
}

function metaOf(pairs: readonly string[] | undefined, command: string): GivenFilter["meta"] {
  if (pairs === undefined) return undefined;
  const given = new Map<string, string>();
  for (const pair of pairs) {
    const equals = checkedText(pair, "meta", command).indexOf("=");
    if (equals < 1) throw usage(`--meta needs NAME=VALUE, not "${pair}"`, command);
    const name = pair.slice(0, equals);
    if (given.has(name)) throw usage(`--meta gives "${name}" twice`, command);
    given.set(name, pair.slice(equals + 1));
  }
  return Object.fromEntries(given);
}

export function sinceOf(text: string | undefined, command: string): Since | undefined {
  if (text === undefined) return undefined;
  const since = parseSince(text);
  if (since !== undefined) return since;
  throw usage(
    `--since must be a duration such as "2h", or a time with its offset such as "2026-12-31T23:00:00Z", not "${text}"`,
    command,
  );
}
