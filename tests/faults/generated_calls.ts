/** Calls of the program from a grammar: right ones, nearly right ones, and noise. */

import fc from "fast-check";
import { commands, groups } from "../../src/cli/commands.ts";
import { type Flag, flagsOf } from "../../src/cli/flag.ts";
import { payloadFields } from "../../src/core/job_payload.ts";
import { settingNames } from "../../src/core/settings.ts";

export interface Call {
  readonly args: readonly string[];
  readonly stdin: string;
  /** The jobs that it asks for, in their order, as far as its text is JSON or flags that are right; null for none. */
  readonly payloads: readonly unknown[] | null;
  /** Whether it is right as it is, so that only an id that is taken may have it refused. */
  readonly isRight: boolean;
}

/** Whether a call may start something that goes on, or wait for something that does not come. */
export function goesOn({ args }: Pick<Call, "args">): boolean {
  const words = ["start", "run", "supervise", "process", "wait", "--follow", "-f", "--wait"];
  return args.some((arg) => words.includes(arg) || /^--(follow=|watch)/.test(arg));
}

/** What breaks programs more often than chance would find it. */
const nasty = fc.constantFrom(
  ...[
    "",
    " ",
    "-",
    "--",
    "---",
    "=",
    "a=b",
    "--=",
    "\0",
    "\ud800",
    "\n",
    "\r\n",
    "\u2028",
    "\ufeff",
    "\x1b[31m",
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "null",
    "NaN",
    "Infinity",
    "-0",
    "1e999",
    "0x10",
  ],
  ...[
    "-1",
    "1.5",
    "9007199254740993",
    "٣",
    "ünï",
    "👩‍👩‍👧",
    "%s%n",
    "$(id)",
    "`id`",
    "'\"\\",
    "../..",
    "/",
    "~",
    "*",
  ],
  ...["x".repeat(200), "none", "true", "false", "{}", "[]", '{"command":"x"}', "[[[[", '"', "{"],
);
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.string({ unit: "binary", maxLength: 30 }),
  nasty,
);

// Right payloads -------------------------------------------------------------------------------------------------

const plainText = text.filter((each) => !each.includes("\0") && each.isWellFormed());
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,30}$/);
const variable = fc.oneof(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/), fc.constant("__proto__"))
  .filter((name) => !name.toUpperCase().startsWith("QUEUECTL_"));
const program = plainText.filter((word) => word !== "" && !word.startsWith("-"));
const instant = fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
  .map((date) => date.toISOString());

const optional = {
  id,
  max_retries: fc.integer({ min: 0, max: 1000 }),
  priority: fc.integer({ min: -1000, max: 1000 }),
  cwd: plainText.filter((path) => path !== ""),
  env: fc.dictionary(variable, plainText, { maxKeys: 4 }),
  stdin: text.filter((each) => each.isWellFormed()),
  label: plainText.filter((label) => label.trim() !== "" && !/[\p{Cc}\u2028\u2029]/u.test(label)),
  meta: fc.dictionary(
    fc.oneof(fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/), fc.constant("__proto__")),
    plainText,
    {
      maxKeys: 4,
    },
  ),
};
const what = fc.oneof(
  fc.record({ command: plainText.filter((command) => command.trim() !== "") }),
  fc.record({
    argv: fc.tuple(program, fc.array(plainText, { maxLength: 4 })).map(([first, rest]) => [first, ...rest]),
  }),
);
const due = fc.oneof(
  fc.constant({}),
  fc.record({ run_at: instant }),
  fc.record({ delay: fc.constantFrom("0", "10s", "5m", "2h30m", "1.5h", "100ms", "7d") }),
);
const codes = (min: number, max: number) => fc.uniqueArray(fc.integer({ min, max }), { minLength: 1 });
const rules = fc.record({
  ok_codes: codes(0, 63),
  dead_codes: codes(64, 127),
  snooze_codes: codes(128, 255),
  backoff: fc.constantFrom("exponential", "linear", "fixed"),
  backoff_base: fc.integer({ min: 0, max: 1000 }),
  backoff_max: fc.constantFrom("none", "0", "5m"),
  backoff_jitter: fc.constantFrom(0, 0.5, 1),
  retry_until: instant,
}, { requiredKeys: [], noNullPrototype: true });
const rightPayload = fc.tuple(
  fc.record(optional, { requiredKeys: [], noNullPrototype: true }),
  what,
  due,
  fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: rules }),
).map(([some, command, when, ruled]) => ({ ...some, ...command, ...when, ...ruled }));

// Wrong ones -----------------------------------------------------------------------------------------------------

const fieldName = fc.oneof(fc.constantFrom(...payloadFields), text);
const wildPayload = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(fieldName, fc.oneof(text, fc.jsonValue(), fc.integer(), fc.double()), {
    noNullPrototype: true,
  }),
  fc.tuple(rightPayload, fieldName, fc.oneof(fc.jsonValue(), text))
    .map(([right, field, value]) => Object.fromEntries([...Object.entries(right), [field, value]])),
);

/** A text with one thing taken out, put in, or cut off. */
function mutated(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(texts, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(2), text).map(
    ([whole, place, how, inserted]) => {
      const at = Math.floor(place * whole.length);
      if (how === 0) return whole.slice(0, at);
      return whole.slice(0, at) + (how === 1 ? inserted : "") + whole.slice(at + 1 - how % 2);
    },
  );
}

const rightJson = rightPayload.map((payload) => JSON.stringify(payload));
const anyJson = fc.oneof(
  { weight: 5, arbitrary: rightJson },
  { weight: 2, arbitrary: wildPayload.map((payload) => JSON.stringify(payload)) },
  { weight: 2, arbitrary: mutated(rightJson) },
);

// Calls ----------------------------------------------------------------------------------------------------------

function parsedOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const rightEnqueue = rightJson.map((json): Call => ({
  args: ["enqueue", json],
  stdin: "",
  payloads: [JSON.parse(json)],
  isRight: true,
}));

const anyEnqueue = anyJson.map((json): Call => ({
  args: ["enqueue", json],
  stdin: "",
  payloads: [parsedOrNull(json)],
  isRight: false,
}));

const bulkEnqueue = fc.tuple(
  fc.array(anyJson, { maxLength: 5 }),
  fc.constantFrom("\n", "\r\n", "\n \n", "\n\n"),
)
  .map(([lines, separator]): Call => {
    const stdin = lines.join(separator);
    const full = stdin.split("\n").filter((line) => line.trim() !== "");
    return { args: ["enqueue", "-"], stdin, payloads: full.map(parsedOrNull), isRight: false };
  });

/** A right payload by flags; each flag in one of its spellings. */
const flagEnqueue = fc.tuple(rightPayload, fc.boolean()).map(([right, isJoined]): Call => {
  // By a flag it comes from a file.
  const { stdin: _, ...payload }: Record<string, unknown> = right;
  const { command, argv, env, meta, ...fields } = payload;
  // A word that is -- ends the flags wherever it stands.
  const flag = (name: string, value: unknown): string[] =>
    isJoined || value === "--" ? [`--${name}=${value}`] : [`--${name.replaceAll("_", "-")}`, String(value)];
  const args = Object.entries(fields).flatMap(([name, value]) => flag(name, value));
  for (const [given, pairs] of Object.entries({ env, meta })) {
    for (const [name, value] of Object.entries(pairs ?? {})) args.push(...flag(given, `${name}=${value}`));
  }
  const words = argv === undefined ? [String(command)] : argv as string[];
  // A single word is a line for the shell.
  const { argv: __, ...others } = payload;
  const asked = words.length > 1 ? payload : { ...others, command: words[0] };
  return {
    args: ["enqueue", ...args, "--", ...words],
    stdin: "",
    payloads: [asked],
    isRight: words[0]!.trim() !== "",
  };
});

/** Any command with any of all flags, in any spelling, and any words between. */
async function anyCommand(): Promise<fc.Arbitrary<Call>> {
  const loaded = await Promise.all(commands.map((entry) => entry.load()));
  const flags: readonly Flag[] = loaded.flatMap((command) => [...flagsOf(command)]);
  const name = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...commands.map((entry) => entry.name.split(" "))) },
    { weight: 1, arbitrary: fc.constantFrom(...Object.keys(groups)).map((group) => [group]) },
    { weight: 1, arbitrary: fc.array(text, { maxLength: 3 }) },
  );
  const value = fc.oneof(
    text,
    id,
    fc.integer().map(String),
    fc.constantFrom(...settingNames, "pending", "all", "5s"),
  );
  const flag = fc.tuple(fc.constantFrom(...flags), value, fc.nat(5)).map(([{ name, short }, given, how]) => {
    if (how === 0) return [`--${name}`];
    if (how === 1) return [`-${short ?? name[0]}`, given];
    if (how === 2) return [`--no-${name}`];
    if (how === 3) return [`--${name.replaceAll("-", "_")}`, given];
    return [`--${name}=${given}`];
  });
  const piece = fc.oneof(
    { weight: 3, arbitrary: flag },
    { weight: 2, arbitrary: value.map((word) => [word]) },
    { weight: 1, arbitrary: fc.constant(["--"]) },
  );
  const before = fc.oneof({ weight: 6, arbitrary: fc.constant<string[]>([]) }, {
    weight: 1,
    arbitrary: flag,
  });
  return fc.tuple(before, name, fc.array(piece, { maxLength: 5 }), anyJson).map((
    [early, words, pieces, stdin],
  ) => ({
    args: [...early, ...words, ...pieces.flat()],
    stdin,
    payloads: null,
    isRight: false,
  }));
}

export async function anyCall(): Promise<fc.Arbitrary<Call>> {
  return fc.oneof(
    { weight: 5, arbitrary: await anyCommand() },
    { weight: 2, arbitrary: rightEnqueue },
    { weight: 2, arbitrary: flagEnqueue },
    { weight: 3, arbitrary: anyEnqueue },
    { weight: 2, arbitrary: bulkEnqueue },
  );
}
