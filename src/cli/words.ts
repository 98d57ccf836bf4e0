/** Reads a command's words: flags as its definition has them, operands, and what follows `--`. */

import { parseArgs } from "@std/cli/parse-args";
import { QueueError } from "../core/errors.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Flag } from "./flag.ts";

export interface ParsedWords {
  /** The command's name, for errors. */
  readonly command: string;
  /** Values by flag name, in the order given. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly switches: ReadonlySet<string>;
  readonly operands: readonly string[];
  /** The words after `--`, or null where there is none. */
  readonly rest: readonly string[] | null;
}

/** Throws a usage error that names the nearest known flag. `command` is its name, for the hint. */
export function parseWords(words: readonly string[], flags: readonly Flag[], command: string): ParsedWords {
  const dashes = words.indexOf("--");
  const ours = dashes === -1 ? words : words.slice(0, dashes);
  const known = new Map(flags.map((flag) => [flag.name, flag]));
  const parsed = parseArgs(spellOut(ours, flags, command), {
    string: [...flags.filter(takesValue).map((flag) => flag.name), "_"],
    boolean: flags.filter((flag) => !takesValue(flag)).map((flag) => flag.name),
    collect: flags.filter(takesValue).map((flag) => flag.name),
  });
  const values = new Map<string, readonly string[]>();
  const switches = new Set<string>();
  for (const flag of known.values()) {
    const value: unknown = parsed[flag.name];
    if (value === true) switches.add(flag.name);
    if (Array.isArray(value) && value.length > 0) values.set(flag.name, value.map(String));
  }
  for (const [name, given] of values) {
    if (given.length > 1 && !known.get(name)!.repeatable) throw usage(`--${name} is given twice`, command);
  }
  const rest = dashes === -1 ? null : words.slice(dashes + 1);
  return { command, values, switches, operands: parsed._.map(String), rest };
}

/**
 * Writes each flag as `--name=value` or `--name`, so that values may begin with a dash and nothing is guessed.
 * Checks that each is known and has a value where it takes one.
 */
function spellOut(words: readonly string[], flags: readonly Flag[], command: string): string[] {
  const spelled: string[] = [];
  const operands: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      continue;
    }
    const [name, inline] = splitFlag(word);
    const flag = flags.find((each) =>
      each.name === name || each.alias === name || (each.short === name && !word.startsWith("--"))
    );
    if (flag === undefined) throw unknownFlag(word, name, flags, command);
    if (!takesValue(flag)) {
      if (inline !== undefined) throw usage(`--${flag.name} takes no value`, command);
      spelled.push(`--${flag.name}`);
      continue;
    }
    const value = inline ?? flag.bare ?? words[++i];
    if (value === undefined) throw usage(`--${flag.name} needs a value (${flag.placeholder})`, command);
    spelled.push(`--${flag.name}=${value}`);
  }
  // Behind the dashes nothing of an operand is interpreted, and no switch takes a "true" that follows it.
  return [...spelled, "--", ...operands];
}

function splitFlag(word: string): [name: string, inline: string | undefined] {
  const bare = word.replace(/^--?/, "");
  const equals = bare.indexOf("=");
  const name = equals === -1 ? bare : bare.slice(0, equals);
  // `--max_retries` and `--max-retries` are the same.
  return [
    name.length > 1 ? name.replaceAll("_", "-") : name,
    equals === -1 ? undefined : bare.slice(equals + 1),
  ];
}

function takesValue(flag: Flag): boolean {
  return flag.placeholder !== undefined;
}

function unknownFlag(word: string, name: string, flags: readonly Flag[], command: string): QueueError {
  const hint = didYouMean(
    name,
    flags.flatMap(({ name, alias }) => alias === undefined ? [name] : [name, alias]),
    {
      prefix: "--",
    },
  );
  const shown = word.split("=")[0]!;
  return new QueueError("usage", `Cannot use ${shown}: ${commandText(command)} has no such flag`, {
    hint: hint ?? helpHint(command),
  });
}

/** A usage error of a command, with the way to its help. */
export function usage(found: string, command: string): QueueError {
  return new QueueError("usage", `Cannot run ${commandText(command)}: ${found}`, { hint: helpHint(command) });
}

function commandText(command: string): string {
  return command === "" ? "queuectl" : `queuectl ${command}`;
}

function helpHint(command: string): string {
  return `See: ${commandText(command)} --help`;
}

/** The one value of a flag, or undefined. */
export function valueOf(words: ParsedWords, name: string): string | undefined {
  return words.values.get(name)?.[0];
}

/** A number where the text is one; else the text, which whoever checks the value refuses by name. */
export function numberOrText(text: string | undefined): number | string | undefined {
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** The whole number of a flag within a range, or undefined where it is not given. */
export function numberOf(
  words: ParsedWords,
  name: string,
  range: { readonly from: number; readonly to: number; readonly command: string },
): number | undefined {
  const text = valueOf(words, name);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= range.from && value <= range.to) return value;
  throw usage(
    `--${name} must be a whole number from ${range.from} to ${range.to}, not "${text}"`,
    range.command,
  );
}

/** Refuses operands that a command has no use for. */
export function noOperands(words: ParsedWords, command: string): void {
  if (words.operands.length > 0) throw usage(`it takes no "${words.operands[0]}"`, command);
}
