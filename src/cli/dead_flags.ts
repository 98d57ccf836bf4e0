/** The flags that say which dead jobs are meant, the same for each command of the dead letter queue. */

import { formatDuration, parseDuration } from "../core/duration.ts";
import { isGroupId } from "../core/error_group.ts";
import { longestMs } from "../core/limits.ts";
import { instantOfSince, type Since } from "../core/since.ts";
import type { JobFilter } from "../store/job_filter.ts";
import { sinceOf, textOf } from "./filter_flags.ts";
import type { Flag } from "./flag.ts";
import { numberOf, type ParsedWords, usage, valueOf } from "./words.ts";

/** As it was typed, before the store has told its time. */
export interface GivenDead {
  readonly queue: string | undefined;
  readonly olderThanMs: number | undefined;
  readonly since: Since | undefined;
  readonly exitCode: number | undefined;
  readonly contains: string | undefined;
}

export const olderThanFlag: Flag = {
  name: "older-than",
  placeholder: "DURATION",
  help: `only jobs that ended so long ago, or longer: "7d"`,
};

/** Exit codes are larger on Windows. */
const largestExitCode = 2 ** 32 - 1;

export const deadFlags: readonly Flag[] = [
  { name: "queue", placeholder: "NAME", help: "only jobs of this queue" },
  { ...olderThanFlag, help: `only jobs that died so long ago, or longer: "7d"` },
  {
    name: "since",
    placeholder: "WHEN",
    help: `only jobs that died since then: "2h" (ago), or a time with its offset`,
  },
  { name: "exit-code", placeholder: "N", help: "only jobs whose last run ended with this exit code" },
  {
    name: "contains",
    placeholder: "TEXT",
    help: "only jobs with this in their command or their last error, in large or small letters",
  },
];

export const groupFlag: Flag = {
  name: "group",
  placeholder: "GROUP",
  help: "only jobs of this group of dlq list --group",
};

export function deadFilterOf(words: ParsedWords): GivenDead {
  const { command } = words;
  return {
    queue: textOf(words, "queue", command),
    olderThanMs: olderThanOf(words),
    since: sinceOf(valueOf(words, "since"), command),
    exitCode: numberOf(words, "exit-code", { from: 0, to: largestExitCode, command }),
    contains: textOf(words, "contains", command),
  };
}

export function olderThanOf(words: ParsedWords): number | undefined {
  const text = valueOf(words, "older-than");
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined && ms <= longestMs) return ms;
  throw usage(
    `--older-than must be a duration up to ${formatDuration(longestMs)}, such as "7d", not "${text}"`,
    words.command,
  );
}

export function groupOf(words: ParsedWords): string | null {
  const group = valueOf(words, "group");
  if (group === undefined) return null;
  if (isGroupId(group)) return group;
  throw usage(`"${group}" cannot be a group (see them: queuectl dlq list --group)`, words.command);
}

/** Whether any of them is given. */
export function hasDeadFilter(words: ParsedWords): boolean {
  return [...deadFlags, groupFlag].some(({ name }) => words.values.has(name));
}

export function deadFilterAt(
  { queue, olderThanMs, since, exitCode, contains }: GivenDead,
  now: number,
): JobFilter {
  return {
    state: "dead",
    queue,
    finishedUntil: olderThanMs === undefined ? undefined : now - olderThanMs,
    finishedSince: since === undefined ? undefined : instantOfSince(since, now),
    exitCode,
    contains,
  };
}
