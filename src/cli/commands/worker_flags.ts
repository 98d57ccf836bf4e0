/** What `worker start` and `worker run` have in common. */

import { mostSlots } from "../../core/limits.ts";
import type { SettingName } from "../../core/settings.ts";
import type { Flag } from "../flag.ts";
import type { Session } from "../session.ts";
import { noOperands, numberOf, type ParsedWords } from "../words.ts";

/** The most workers that one call starts. */
export const mostWorkers = 128;

export const crewFlags: readonly Flag[] = [
  { name: "count", short: "n", placeholder: "N", help: `how many workers, 1 to ${mostWorkers} (1)` },
  {
    name: "concurrency",
    short: "c",
    placeholder: "N",
    help: `how many jobs each runs at once, 1 to ${mostSlots} (1)`,
  },
];

export const workerSettings: readonly SettingName[] = [
  "shell",
  "job_timeout",
  "kill_after",
  "backoff_base",
  "backoff_max",
  "backoff_jitter",
  "prune_after",
  "output_limit",
  "on_dead",
  "webhook_timeout",
  "lease",
  "heartbeat",
  "poll_interval",
  "tags",
  "queues",
  "resources",
  "max_load",
  "min_memory",
  "durability",
];

export interface Crew {
  readonly count: number;
  readonly concurrency: number;
}

export function readCrew(words: ParsedWords, session: Session, command: string): Crew {
  noOperands(words, command);
  // Wrong settings are said here and now, and not by a worker in its log.
  void session.settings;
  return {
    count: numberOf(words, "count", { from: 1, to: mostWorkers, command }) ?? 1,
    concurrency: numberOf(words, "concurrency", { from: 1, to: mostSlots, command }) ?? 1,
  };
}

/** The arguments that hand home, slots and setting flags on to a process of ours. */
export function handOn(session: Session, concurrency: number): string[] {
  const settings = Object.entries(session.settingFlags).filter(([name]) => name !== "store").map((
    [name, text],
  ) => `--${name.replaceAll("_", "-")}=${text}`);
  return [`--home=${session.home.path}`, `--concurrency=${concurrency}`, ...settings];
}

/** Where the store is, handed on by the environment: everybody may read a process's arguments. */
export function handOnStore(session: Session): Readonly<Record<string, string>> {
  return { QUEUECTL_STORE: session.settings.store };
}
