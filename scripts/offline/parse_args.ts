/**
 * Stands in for `parseArgs` of `@std/cli` where only an npm registry is reachable. The two parsers share
 * an ancestor but read some words differently: `--no-x`, a flag given twice, an empty or `-` value.
 * So this module settles which words are flags and which are values, as `@std/cli` does, and hands minimist
 * words that leave nothing to decide. Not supported, since queuectl has no use for them: `negatable`,
 * `boolean: true` and names with a dot.
 */
import untypedMinimist from "minimist";
import { FlagNames } from "./flag_names.ts";
import { type FlagValue, readWords } from "./read_words.ts";

type MinimistOptions = {
  string: string[];
  boolean: string[];
  alias: Record<string, string[]>;
  default: Record<string, unknown>;
};
type Parsed = Record<string, unknown> & { _: Array<string | number>; "--"?: string[] };

// The package ships no types; these are the parts of it that are used.
const minimist = untypedMinimist as (words: string[], options: MinimistOptions) => Parsed;

/** Options of {@linkcode parseArgs}; each means what it means in `@std/cli`. */
export interface ParseOptions<
  Bool extends string = string,
  Str extends string = string,
  Many extends string = string,
  Dashes extends boolean = boolean,
> {
  /** Names whose flags take no value; false when absent. */
  boolean?: Bool | readonly Bool[];
  /** Names whose values stay strings; "_" stands for the words that are not flags. */
  string?: Str | readonly Str[];
  /** Names that may be given several times; their values come as an array. */
  collect?: Many | readonly Many[];
  /** Other names of a flag. */
  alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Values of flags that were not given. */
  default?: Readonly<Record<string, unknown>>;
  /** Whether the words after `--` are kept apart, in `"--"`. */
  "--"?: Dashes;
  /** Whether everything after the first word that is not a flag is left unread, in `_`. */
  stopEarly?: boolean;
  /** Called for each undeclared flag, and for each word that is not a flag; `false` leaves it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What {@linkcode parseArgs} returns. */
export type Args<
  Bool extends string = string,
  Str extends string = string,
  Many extends string = string,
  Dashes extends boolean = boolean,
> =
  & Record<string, unknown>
  & { [Name in Exclude<Bool, Many>]: boolean }
  & { [Name in Extract<Bool, Many>]: boolean[] }
  & { [Name in Exclude<Str, Many | "_">]?: string }
  & { [Name in Extract<Str, Many>]: string[] }
  & { _: Array<string | number> }
  & (Dashes extends true ? { "--": string[] } : Record<never, never>);

/** Parses command-line words into flags and the rest. Never throws; `options.unknown` may. */
export function parseArgs<
  Bool extends string = never,
  Str extends string = never,
  Many extends string = never,
  Dashes extends boolean = false,
>(
  args: readonly string[],
  options: ParseOptions<Bool, Str, Many, Dashes> = {},
): Args<Bool, Str, Many, Dashes> {
  const names = new FlagNames(options);
  const dashes = args.indexOf("--");
  const afterDashes = dashes === -1 ? [] : args.slice(dashes + 1);
  const words = readWords(dashes === -1 ? args : args.slice(0, dashes), names, options);

  const unread = options["--"] ? words.unread : [...words.unread, ...afterDashes];
  const flags = Map.groupBy(
    withoutOverridden(words.flags, names),
    (flag) => isMinimists(flag, names) ? "minimist" : "other",
  );
  const flagWords = (flags.get("minimist") ?? []).map(({ name, value }) => `--${name}=${value}`);
  const parsed = minimist([...flagWords, ...words.positionals, "--", ...unread], {
    string: [...names.strings, "_"],
    boolean: [...names.booleans].filter((name) => !names.isCollected(name)),
    alias: names.aliases,
    default: names.defaults(options.default ?? {}),
  });

  if (!names.isString("_")) {
    const read = words.positionals.length;
    parsed._ = parsed._.map((word, i) => i < read ? numberOrWord(String(word)) : word);
  }
  setOtherFlags(parsed, flags.get("other") ?? [], names);
  if (options["--"]) parsed["--"] = afterDashes;
  return parsed as Args<Bool, Str, Many, Dashes>;
}

/** The flags that count: all of a collected one, the last of any other. */
function withoutOverridden(flags: FlagValue[], names: FlagNames): FlagValue[] {
  const last = new Map(flags.map((flag) => [flag.name, flag]));
  return flags.filter((flag) => names.isCollected(flag.name) || last.get(flag.name) === flag);
}

/** Whether minimist sets this flag: it gathers repeats in its own way, and guesses at undeclared types. */
function isMinimists({ name, value }: FlagValue, names: FlagNames): boolean {
  if (names.isCollected(name)) return false;
  // A cluster may give a boolean flag a word (`-j12`), which `@std/cli` lets through.
  return names.isBoolean(name) ? typeof value === "boolean" : names.isString(name);
}

function setOtherFlags(parsed: Parsed, flags: FlagValue[], names: FlagNames): void {
  const values = new Map<string, unknown>();
  for (const name of names.emptyCollections(Object.keys(parsed))) values.set(name, []);
  for (const { name, value } of flags) {
    const typed = typeof value === "string" && !names.isString(name) ? numberOrWord(value) : value;
    const earlier = values.get(name);
    values.set(
      name,
      !names.isCollected(name) ? typed : Array.isArray(earlier) ? [...earlier, typed] : [typed],
    );
  }
  for (const [name, value] of values) {
    for (const each of names.group(name)) parsed[each] = value;
  }
}

function numberOrWord(word: string): string | number {
  const isNumber = word.trim() !== "" && Number.isFinite(Number(word));
  return isNumber ? Number(word) : word;
}
