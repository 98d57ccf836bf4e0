/** Every setting once: its name, type, default, help and check. Flags, variables, config.json and docs derive from it. */

import type { BackoffRule } from "./backoff.ts";
import { formatDuration, formatSize, parseDuration, parseSize } from "./duration.ts";
import { QueueError } from "./errors.ts";
import {
  killAfterRange,
  largestBackoffBase,
  longestAnswerMs,
  longestMs,
  maxRetriesRange,
  timeoutRange,
} from "./limits.ts";
import { adviceOnAddress, isStoreAddress, localStore, withoutPassword } from "./store_address.ts";
import { strictPriorityStepMs } from "./job.ts";
import { formatResources, mostResources, parseResources, type Resources } from "./demand.ts";
import { defaultQueueName, isQueuePattern } from "./queue.ts";
import { didYouMean } from "./suggest.ts";
import { formatTags, isTag, mostTags, splitTags } from "./tags.ts";
import { mostSecrets, parseSecrets, shownSecrets } from "./webhook_secret.ts";

export type Durability = "strict" | "standard" | "relaxed";

/** The settings as the program uses them: durations in milliseconds, sizes in bytes, null for none. */
export interface Settings {
  readonly max_retries: number;
  readonly backoff_base: number;
  readonly backoff_max: number | null;
  readonly backoff_jitter: number;
  readonly job_timeout: number | null;
  readonly kill_after: number;
  readonly shell: string;
  readonly lease: number;
  readonly heartbeat: number;
  readonly poll_interval: number;
  readonly tags: readonly string[];
  readonly queues: readonly string[];
  readonly resources: Resources;
  readonly priority_ageing: number | null;
  readonly max_load: number | null;
  readonly min_memory: number | null;
  readonly prune_after: number | null;
  readonly output_limit: number;
  readonly on_dead: string | null;
  readonly webhook_secret: readonly string[];
  readonly webhook_timeout: number;
  readonly request_limit: number;
  readonly durability: Durability;
  readonly store: string;
}

export type SettingName = keyof Settings;
export type SettingSource = "flag" | "environment" | "config.json" | "default";

interface SettingRule<Value> {
  readonly default: Value;
  /** What a value looks like, for help: "DURATION", "N". */
  readonly placeholder: string;
  readonly help: string;
  /** When a change is felt. */
  readonly effect:
    | "jobs enqueued later"
    | "runs that start later"
    | "attempts that end later"
    | "running workers, within minutes"
    | "workers started later"
    | "commands and workers started later";
  /** The value of a text, or undefined where the text is not one. */
  parse(text: string): Value | undefined;
  format(value: Value): string;
  /** The values that are accepted, in words: completes "must be …". */
  readonly accepted: string;
  /** A text that is none, as it may be shown; as it is unless given. */
  hide?(text: string): string;
  /** What to do about a text that is none, where more can be said than what is accepted. */
  advise?(text: string): string | undefined;
}

function integer(from: number, to: number) {
  return {
    placeholder: "N",
    accepted: `a whole number from ${from} to ${to}`,
    parse: (text: string) => /^\d+$/.test(text) && within(Number(text), from, to) ? Number(text) : undefined,
    format: String,
  };
}

function decimal(from: number, to: number) {
  return {
    placeholder: "X",
    accepted: `a number from ${from} to ${to}`,
    parse: (text: string) =>
      /^\d+(\.\d+)?$/.test(text) && within(Number(text), from, to) ? Number(text) : undefined,
    format: String,
  };
}

function duration(fromMs: number, toMs: number) {
  return {
    placeholder: "DURATION",
    accepted: `a duration from ${formatDuration(fromMs)} to ${
      formatDuration(toMs)
    }, such as "10s" or "2h30m"`,
    parse: (text: string) => {
      const ms = parseDuration(text);
      return ms !== undefined && within(ms, fromMs, toMs) ? ms : undefined;
    },
    format: formatDuration,
  };
}

const size = {
  placeholder: "SIZE",
  accepted: `a size from 1KB to 1000GB, such as "10MB"`,
  parse: (text: string) => {
    const bytes = parseSize(text);
    return bytes !== undefined && within(bytes, 1000, 1e12) ? bytes : undefined;
  },
  format: formatSize,
};

function optional<Value>(rule: Omit<SettingRule<Value>, "default" | "help" | "effect">) {
  return {
    placeholder: rule.placeholder,
    accepted: `${rule.accepted}, or "none"`,
    parse: (text: string) => text === "none" ? null : rule.parse(text),
    format: (value: Value | null) => value === null ? "none" : rule.format(value),
  };
}

function within(value: number, from: number, to: number): boolean {
  return value >= from && value <= to;
}

const day = 86_400_000;
/** The longest command of a hook, in characters. */
const longestHook = 10_000;
/** Each costs a claim some lookups. */
const mostQueues = 64;

export const settingRules: { readonly [Name in SettingName]: SettingRule<Settings[Name]> } = {
  max_retries: {
    ...integer(maxRetriesRange.from, maxRetriesRange.to),
    default: 3,
    help: "attempts in all before a failing job is dead; 0 and 1 both mean a single one",
    effect: "jobs enqueued later",
  },
  backoff_base: {
    ...decimal(0, largestBackoffBase),
    default: 2,
    help: "the wait after the n-th failed attempt is this number to the power of n, in seconds",
    effect: "attempts that end later",
  },
  backoff_max: {
    ...optional(duration(0, longestMs)),
    default: null,
    help: "the longest wait between two attempts",
    effect: "attempts that end later",
  },
  backoff_jitter: {
    ...decimal(0, 1),
    default: 0,
    help: "how far a wait may stray at random to either side, as a share of it",
    effect: "attempts that end later",
  },
  job_timeout: {
    ...optional(duration(timeoutRange.fromMs, timeoutRange.toMs)),
    default: null,
    help: "how long a run may take; then it is ended and counts as a failed attempt",
    effect: "runs that start later",
  },
  kill_after: {
    ...duration(killAfterRange.fromMs, killAfterRange.toMs),
    default: 10_000,
    help: "the grace between SIGTERM and SIGKILL when a run is ended",
    effect: "runs that start later",
  },
  shell: {
    placeholder: "PROGRAM",
    accepted: "a program's name or path, without NUL bytes",
    parse: (text: string) => text !== "" && !text.includes("\0") ? text : undefined,
    format: String,
    default: "/bin/sh",
    help: "runs command lines, as SHELL -c COMMAND (cmd.exe on Windows unless set)",
    effect: "runs that start later",
  },
  lease: {
    ...duration(1000, day),
    default: 30_000,
    help: "how long a worker may be silent before its jobs are taken back; at least 3 heartbeats",
    effect: "workers started later",
  },
  heartbeat: {
    ...duration(100, day),
    default: 10_000,
    help: "how often a worker says that it is alive",
    effect: "workers started later",
  },
  poll_interval: {
    ...duration(50, day),
    default: 2_000,
    help: "how often an idle worker looks by itself; wake-ups normally come at once",
    effect: "workers started later",
  },
  tags: {
    placeholder: "TAGS",
    accepted: `up to ${mostTags} tags with commas between them, such as "gpu,linux", or "none"`,
    parse: (text: string) => {
      const tags = text === "none" ? [] : splitTags(text);
      const isFine = text !== "" && tags.every(isTag) && tags.length <= mostTags;
      return isFine ? splitTags(formatTags(tags)) : undefined;
    },
    format: (tags: readonly string[]) => tags.length === 0 ? "none" : formatTags(tags),
    default: [],
    help: "what a worker offers; it runs only jobs whose needs are all among it",
    effect: "workers started later",
  },
  queues: {
    placeholder: "QUEUES",
    accepted: `up to ${mostQueues} queues with commas between them, such as "video,img-*", or "*" for all`,
    parse: (text: string) => {
      const queues = splitTags(text);
      const isFine = queues.length > 0 && queues.length <= mostQueues && queues.every(isQueuePattern);
      return isFine ? [...new Set(queues)] : undefined;
    },
    format: (queues: readonly string[]) => queues.join(),
    default: [defaultQueueName],
    help: "what a worker takes jobs from: the first queue before the second, and so on; * stands for any end",
    effect: "workers started later",
  },
  resources: {
    placeholder: "AMOUNTS",
    accepted: `up to ${mostResources} amounts with commas between them, such as "gpu=2,license=1", or "none"`,
    parse: (text: string) => text === "none" ? {} : text === "" ? undefined : parseResources(text),
    format: (resources: Resources) => formatResources(resources) || "none",
    default: {},
    help: "what this host has for jobs that take resources; all its workers share it",
    effect: "workers started later",
  },
  priority_ageing: {
    ...optional(duration(1000, strictPriorityStepMs - strictPriorityStepMs % 86_400_000)),
    default: null,
    help: "how much longer a job must have waited to go before one of a priority that is one higher",
    effect: "jobs enqueued later",
  },
  max_load: {
    ...optional(decimal(0, 10_000)),
    default: null,
    help: "a worker starts nothing while the load of its machine's last minute is above this",
    effect: "runs that start later",
  },
  min_memory: {
    ...optional(size),
    default: null,
    help: "a worker starts nothing while less memory than this is available on its machine",
    effect: "runs that start later",
  },
  prune_after: {
    ...optional(duration(1000, longestMs)),
    default: null,
    help: "workers delete completed and cancelled jobs that ended so long ago; dead ones stay",
    effect: "running workers, within minutes",
  },
  output_limit: {
    ...size,
    default: 10_000_000,
    help: "how much of each output stream is kept; what comes after is cut",
    effect: "runs that start later",
  },
  on_dead: {
    ...optional<string>({
      placeholder: "COMMAND",
      accepted: "a command line for the shell",
      parse: (text: string) =>
        text.trim() !== "" && !text.includes("\0") && text.length <= longestHook ? text : undefined,
      format: String,
    }),
    default: null,
    help: "a command that is enqueued for each job that dies; see queuectl help environment",
    effect: "attempts that end later",
  },
  webhook_secret: {
    placeholder: "SECRETS",
    accepted:
      `up to ${mostSecrets} secrets with commas between them, each "whsec_" and base64 of 24 to 64 bytes, or "none"`,
    parse: (text: string) => text === "none" ? [] : parseSecrets(text),
    format: shownSecrets,
    hide: (text: string) => text === "none" ? text : "…",
    default: [],
    help: "signs webhooks; queuectl webhook secret makes and prints it",
    effect: "runs that start later",
  },
  webhook_timeout: {
    ...duration(1000, longestAnswerMs),
    default: 20_000,
    help: "how long a webhook waits for its answer; then it counts as a failed attempt",
    effect: "runs that start later",
  },
  request_limit: {
    placeholder: "SIZE",
    accepted: `a size from 1KB to 1GB, such as "10MB"`,
    parse: (text: string) => {
      const bytes = parseSize(text);
      return bytes !== undefined && within(bytes, 1000, 1e9) ? bytes : undefined;
    },
    format: formatSize,
    default: 1_000_000,
    help: "how long the body of a request to queuectl serve may be",
    effect: "commands and workers started later",
  },
  durability: {
    placeholder: "LEVEL",
    accepted: `"strict", "standard" or "relaxed"`,
    parse: (text: string) =>
      text === "strict" || text === "standard" || text === "relaxed" ? text : undefined,
    format: String,
    default: "standard",
    help:
      "what is on disk before a command returns: strict everything, standard accepted jobs, relaxed nothing",
    effect: "commands and workers started later",
  },
  store: {
    placeholder: "URL",
    accepted: `"sqlite", or a URL such as "postgres://user@host/database" (its schema: "?schema=queuectl")`,
    parse: (text: string) => isStoreAddress(text) ? text : undefined,
    format: withoutPassword,
    hide: withoutPassword,
    advise: adviceOnAddress,
    default: localStore,
    help: "where the jobs live: sqlite in the home, or a PostgreSQL database by its URL",
    effect: "commands and workers started later",
  },
};

export const settingNames = Object.keys(settingRules) as readonly SettingName[];

/** The setting that a word names; `-` and `_` are the same. Throws a usage error that names the nearest one. */
export function settingName(word: string): SettingName {
  const name = word.trim().toLowerCase().replaceAll("-", "_");
  const found = settingNames.find((known) => known === name);
  if (found !== undefined) return found;
  throw new QueueError("usage", `Cannot use setting "${word}": there is no such setting`, {
    hint: didYouMean(name, settingNames) ?? "List them all: queuectl config show",
  });
}

/** The value of a setting's text. `where` says in the error whose text it was. Throws a usage error. */
export function settingValue<Name extends SettingName>(
  name: Name,
  text: string,
  where: string,
): Settings[Name] {
  const rule: SettingRule<Settings[Name]> = settingRules[name];
  const value = rule.parse(text);
  if (value !== undefined) return value;
  const shown = rule.hide?.(text) ?? text;
  throw new QueueError("usage", `Cannot use ${where}: "${shown}" is not a value of ${name}`, {
    hint: rule.advise?.(text) ?? `${name} must be ${rule.accepted}`,
  });
}

export function formatSetting<Name extends SettingName>(name: Name, value: Settings[Name]): string {
  const rule: SettingRule<Settings[Name]> = settingRules[name];
  return rule.format(value);
}

/** The texts that one source gives, by setting. */
export type SettingTexts = Readonly<Partial<Record<SettingName, string>>>;

export interface ResolvedSettings {
  readonly values: Settings;
  readonly sources: Readonly<Record<SettingName, SettingSource>>;
}

/** Flags win over variables, variables over config.json, that over the defaults. Throws a usage error. */
export function resolveSettings(
  given: {
    readonly flags: SettingTexts;
    readonly environment: SettingTexts;
    readonly file: SettingTexts;
    /** Defaults that are other ones on this system. */
    readonly system?: SettingTexts;
  },
): ResolvedSettings {
  const values: Record<string, unknown> = {};
  const sources: Record<string, SettingSource> = {};
  for (const name of settingNames) {
    const [text, source, where] = given.flags[name] !== undefined
      ? [given.flags[name], "flag" as const, `--${name.replaceAll("_", "-")}`]
      : given.environment[name] !== undefined
      ? [given.environment[name], "environment" as const, `QUEUECTL_${name.toUpperCase()}`]
      : given.file[name] !== undefined
      ? [given.file[name], "config.json" as const, `"${name}" in config.json`]
      : [given.system?.[name], "default" as const, ""];
    values[name] = text === undefined ? settingRules[name].default : settingValue(name, text, where);
    sources[name] = source;
  }
  const resolved = values as unknown as Settings;
  if (resolved.lease < 3 * resolved.heartbeat) {
    throw new QueueError("usage", "Cannot use these settings: the lease is shorter than 3 heartbeats", {
      hint: `lease is ${formatDuration(resolved.lease)}, heartbeat ${formatDuration(resolved.heartbeat)}`,
    });
  }
  return { values: resolved, sources: sources as Record<SettingName, SettingSource> };
}

export function backoffRule(settings: Settings): BackoffRule {
  return {
    waits: "exponential",
    base: settings.backoff_base,
    maxMs: settings.backoff_max,
    jitter: settings.backoff_jitter,
  };
}
