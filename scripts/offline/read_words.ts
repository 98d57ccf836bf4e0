/** Decides, as `@std/cli` does, which command-line words are flags, which are values and which are neither. */
import type { FlagNames } from "./flag_names.ts";

/** One flag as it was given, under its own name; a value that is not a string is the flag's mere presence. */
export interface FlagValue {
  name: string;
  value: string | boolean;
}

/** What the words turned out to be. */
export interface Words {
  flags: FlagValue[];
  /** The words that are neither flags nor their values. */
  positionals: string[];
  /** The words after the first positional, when reading stops there. */
  unread: string[];
}

interface Options {
  stopEarly?: boolean;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** A flag as written: its name is still the one the user typed. */
interface Given {
  key: string;
  value: string | boolean;
}

/** Reads the words before any `--`. `options.unknown` hears of undeclared flags and of positionals. */
export function readWords(words: readonly string[], names: FlagNames, options: Options): Words {
  const result: Words = { flags: [], positionals: [], unread: [] };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word.length < 2 || !word.startsWith("-")) {
      if (options.unknown?.(word) !== false) result.positionals.push(word);
      if (!options.stopEarly) continue;
      result.unread = words.slice(i + 1);
      break;
    }
    const read = word.startsWith("--") ? readLong : readShort;
    const { given, tookNext } = read(word, words[i + 1] ?? "", names);
    if (tookNext) i++;
    for (const { key, value } of given) {
      const name = names.own(key);
      if (!names.isDeclared(name) && options.unknown?.(word, key, value) === false) continue;
      result.flags.push({ name, value });
    }
  }
  return result;
}

interface Reading {
  given: Given[];
  tookNext: boolean;
}

function readLong(word: string, next: string, names: FlagNames): Reading {
  const body = word.slice(2);
  const { key, value } = splitAtEquals(body);
  if (value !== undefined) {
    // `--no-x=v` sets x: the real parser drops the `no-` before it looks at the value.
    const named = key.startsWith("no-") && key.length > 3 ? key.slice(3) : key;
    const typed = names.booleans.has(names.own(named)) ? value !== "false" : value;
    return { given: [{ key: named, value: typed }], tookNext: false };
  }
  return readValue(key, next, next.startsWith("-"), names);
}

/** The name and value of `name=value`; the name has at least one character. */
function splitAtEquals(body: string): { key: string; value?: string } {
  const equals = body.indexOf("=", 1);
  return equals === -1 ? { key: body } : { key: body.slice(0, equals), value: body.slice(equals + 1) };
}

/** A flag without `=`: whether the next word is its value. An empty word never is. */
function readValue(key: string, next: string, nextIsFlag: boolean, names: FlagNames): Reading {
  const name = names.own(key);
  const isBoolean = names.isBoolean(name);
  if (next !== "" && !nextIsFlag && !isBoolean) return { given: [{ key, value: next }], tookNext: true };
  if (next === "true" || next === "false") {
    return { given: [{ key, value: next === "true" }], tookNext: true };
  }
  return { given: [presence(key, names)], tookNext: false };
}

function presence(key: string, names: FlagNames): Given {
  return { key, value: names.isString(names.own(key)) ? "" : true };
}

/** A cluster such as `-abc`, `-n5`, `-n=5` or `-n 5`; only its last letter may take the next word. */
function readShort(word: string, next: string, names: FlagNames): Reading {
  const given: Given[] = [];
  for (let at = 1; at < word.length - 1; at++) {
    const key = word[at]!;
    const rest = word.slice(at + 1);
    if (rest === "-") {
      given.push({ key, value: "-" });
      continue;
    }
    const value = valueInCluster(key, rest);
    if (value !== undefined) {
      given.push({ key, value });
      return { given, tookNext: false };
    }
    given.push(presence(key, names));
  }
  const last = word.slice(-1);
  if (last === "-") return { given, tookNext: false };
  const reading = readValue(last, next, /^--?[^-]/.test(next), names);
  return { given: [...given, ...reading.given], tookNext: reading.tookNext };
}

/** The value that the rest of a cluster gives its letter, or undefined when the rest is more letters. */
function valueInCluster(letter: string, rest: string): string | undefined {
  if (rest === "=") return "";
  if (/[A-Za-z]/.test(letter)) {
    const afterEquals = /=(.+)/.exec(rest)?.[1];
    if (afterEquals !== undefined) return afterEquals;
    if (/\d(\.\d*)?(e-?\d+)?$/.test(rest)) return rest;
  }
  // Any character but a letter, a digit or "_" starts a value; the cluster's last character is looked at apart.
  return rest.length > 1 && /^\W/.test(rest) ? rest : undefined;
}
