/** The command line from the first word to the exit code. */

import { QueueError } from "../core/errors.ts";
import type { SettingName, SettingTexts } from "../core/settings.ts";
import { didYouMean } from "../core/suggest.ts";
import type { CommandEntry } from "./command.ts";
import { commands, groups } from "./commands.ts";
import { commonFlags, type Flag, flagsOf, helpFlag, homeFlag, settingsOf } from "./flag.ts";
import { reportError } from "./report_error.ts";
import { Session } from "./session.ts";
import { type ParsedWords, parseWords, valueOf } from "./words.ts";
import type { World } from "./world.ts";

/** Runs one call of the program; returns its exit code. Throws only a programmer's mistakes. */
export async function run(world: World): Promise<number> {
  try {
    return await dispatch(world);
  } catch (error) {
    return reportError(error, world.stderr);
  }
}

async function dispatch(world: World): Promise<number> {
  const { before, path, rest } = splitCommand(world.args);
  if (path.length === 0) {
    const words = parseWords(before, [...commonFlags, versionFlag], "");
    if (words.switches.has("version")) {
      return await runCommand(world, entryNamed("version"), before.filter(isHome));
    }
    return await showHelp(world, "");
  }
  const found = findCommand(path);
  if ("group" in found) {
    parseWords([...before, ...rest], [...commonFlags], found.group);
    return await showHelp(world, found.group);
  }
  return await runCommand(world, found.entry, [...before, ...rest]);
}

const versionFlag: Flag = { name: "version", short: "V", help: "show the version" };

function isHome(word: string): boolean {
  return word.startsWith("--home=");
}

interface SplitWords {
  /** Flags that came before the command. */
  readonly before: readonly string[];
  /** The command's words as far as they are no flags: one or two. */
  readonly path: readonly string[];
  readonly rest: readonly string[];
}

/** Finds the command among the words: flags may come before it. */
function splitCommand(words: readonly string[]): SplitWords {
  const before: string[] = [];
  let i = 0;
  for (; i < words.length && words[i]!.startsWith("-") && words[i] !== "--"; i++) {
    const word = words[i]!;
    // The only flags with a value that may come here.
    const takesValue = word === `--${homeFlag.name}` || word === "--store";
    if (takesValue && words[i + 1] !== undefined) before.push(`${word}=${words[++i]}`);
    else before.push(word);
  }
  const first = words[i];
  if (first === undefined) return { before, path: [], rest: [] };
  const second = words[i + 1];
  const isGroup = Object.hasOwn(groups, first) && second !== undefined && !second.startsWith("-");
  const path = isGroup ? [first, second] : [first];
  return { before, path, rest: words.slice(i + path.length) };
}

type Found = { readonly entry: CommandEntry } | { readonly group: string };

function findCommand(path: readonly string[]): Found {
  const name = path.join(" ");
  const entry = commands.find((each) => each.name === name);
  if (entry !== undefined) return { entry };
  if (path.length === 1 && Object.hasOwn(groups, path[0]!)) return { group: path[0]! };
  const known = commands.filter((each) => !each.isInternal).map((each) => each.name);
  const hint = didYouMean(name, [...known, ...Object.keys(groups)], { prefix: "queuectl ", otherNames }) ??
    "See: queuectl --help";
  throw new QueueError("usage", `Cannot run "${name}": there is no such command`, { hint });
}

/** What people type who know other tools. */
const otherNames: ReadonlyMap<string, string> = new Map(Object.entries({
  "add": "enqueue",
  "submit": "enqueue",
  "ls": "list",
  "jobs": "list",
  "ps": "worker list",
  "statistics": "stats",
  "htop": "top",
  "dashboard": "ui",
  "prometheus": "metrics",
  "start": "worker start",
  "stop": "worker stop",
  "log": "logs",
  "why": "explain",
  "check": "doctor",
  "health": "doctor",
  "retry": "dlq retry",
  "worker status": "worker list",
  "worker ls": "worker list",
  "dlq ls": "dlq list",
  "dlq show": "dlq list",
  "config list": "config show",
  "queues": "queue list",
  "queue ls": "queue list",
  "queue unpause": "queue resume",
  "queue limit": "queue set",
  "queue add": "queue set",
  "queue create": "queue set",
}));

function entryNamed(name: string): CommandEntry {
  return commands.find((entry) => entry.name === name)!;
}

async function showHelp(world: World, name: string): Promise<number> {
  const { helpNames, helpText } = await import("./help_text.ts");
  if (name !== "" && !helpNames.includes(name)) {
    throw new QueueError("usage", `Cannot help with "${name}": there is no such command or topic`, {
      hint: didYouMean(name, helpNames, { prefix: "queuectl help " }) ?? "See: queuectl help",
    });
  }
  world.stdout.write(await helpText(name, world.stdout));
  return 0;
}

async function runCommand(world: World, entry: CommandEntry, words: readonly string[]): Promise<number> {
  const command = await entry.load();
  const split = words.indexOf("--");
  const own = split === -1 ? words : words.slice(0, split);
  if (own.includes(`--${helpFlag.name}`) || own.includes(`-${helpFlag.short}`)) {
    return await showHelp(world, entry.name);
  }
  const parsed = parseWords(words, flagsOf(command), entry.name);
  if (parsed.rest !== null && !command.takesRest) {
    throw new QueueError("usage", `Cannot run queuectl ${entry.name}: it takes nothing after --`, {
      hint: `See: queuectl ${entry.name} --help`,
    });
  }
  const session = new Session(world, {
    home: valueOf(parsed, "home"),
    json: parsed.switches.has("json"),
    settings: settingTexts(parsed, settingsOf(command)),
    showHelp: (name) => showHelp(world, name),
  });
  try {
    const options = await command.parse(parsed, session);
    await world.keepOnly([...command.permissions, ...command.otherPermissions?.(options, session) ?? []], {
      stores: [...command.usesStore ? [session.storeKind] : [], ...command.otherStores?.(options) ?? []],
    });
    return await command.run(options, session);
  } finally {
    await session.close();
  }
}

function settingTexts(words: ParsedWords, names: readonly SettingName[]): SettingTexts {
  return Object.fromEntries(names.flatMap((name) => {
    const texts = words.values.get(name.replaceAll("_", "-"));
    // One that may be given again is a list.
    return texts === undefined ? [] : [[name, texts.join()]];
  }));
}
