import { parseDuration } from "../core/duration.ts";
import type { Flag } from "./flag.ts";
import { type ParsedWords, usage, valueOf } from "./words.ts";

export const timeoutFlag: Flag = {
  name: "timeout",
  placeholder: "DURATION",
  help: `wait at most this long: "10s", "5m" (for ever)`,
};

/** How long to wait, in milliseconds; `Infinity` where it is not said. Throws where nothing is waited for. */
export function timeoutOf(words: ParsedWords, isWaiting: boolean): number {
  const text = valueOf(words, timeoutFlag.name);
  if (text === undefined) return Infinity;
  if (!isWaiting) throw usage("--timeout is for --wait", words.command);
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw usage(`--timeout must be a duration such as "10s" or "5m", not "${text}"`, words.command);
}
