/** The flag that has something shown again and again. */

import { formatDuration, parseDuration } from "../core/duration.ts";
import { QueueError } from "../core/errors.ts";
import type { Flag } from "./flag.ts";
import type { Session } from "./session.ts";
import { type ParsedWords, usage, valueOf } from "./words.ts";

const range = { fromMs: 1_000, toMs: 3_600_000 } as const;

export const watchFlag: Flag = {
  name: "watch",
  short: "w",
  placeholder: "INTERVAL",
  bare: formatDuration(range.fromMs),
  help: `show it again and again, every so often (${formatDuration(range.fromMs)})`,
};

/** The interval of --watch in milliseconds, or undefined where it is not given. */
export function watchOf(words: ParsedWords, command: string, session: Session): number | undefined {
  const text = valueOf(words, watchFlag.name);
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms < range.fromMs || ms > range.toMs) {
    const [from, to] = [formatDuration(range.fromMs), formatDuration(range.toMs)];
    throw usage(`--watch must be a duration from ${from} to ${to}, not "${text}"`, command);
  }
  if (session.json || session.world.stdout.isTerminal) return ms;
  throw new QueueError("usage", `Cannot watch in a pipe: there is no terminal to draw on`, {
    hint: `One JSON document a line: queuectl ${command} --watch --json`,
  });
}
