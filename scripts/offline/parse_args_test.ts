// What queuectl relies on in `@std/cli/parse-args`. Runs against the real package and the offline one alike.
import { parseArgs } from "@std/cli/parse-args";
import { assertEquals } from "@std/assert";

/** One call of `unknown`, as it was made. */
type Call = [arg: string, key: string | undefined, value: unknown];

/** Parses with some flags of every kind, refusing unknown ones as queuectl does. */
function parse(...args: string[]) {
  const unknown: Call[] = [];
  const parsed: Record<string, unknown> = parseArgs(args, {
    string: ["_", "id", "queue", "tag"],
    boolean: ["json", "force"],
    collect: ["tag"],
    alias: { queue: "q", json: ["j"] },
    "--": true,
    unknown: (arg, key, value) => {
      if (key === undefined) return true;
      unknown.push([arg, key, value]);
      return false;
    },
  });
  return { parsed, unknown };
}

const NOTHING = { _: [], "--": [], json: false, j: false, force: false, tag: [] };

Deno.test("parseArgs: absent booleans are false, absent collections empty, absent strings not there", () => {
  assertEquals(parse().parsed, NOTHING);
});

Deno.test("parseArgs: a string takes the next word or what follows `=`, and stays a string", () => {
  assertEquals(parse("--id", "12").parsed, { ...NOTHING, id: "12" });
  assertEquals(parse("--id=0x10").parsed, { ...NOTHING, id: "0x10" });
  assertEquals(parse("--id=a=b\nc").parsed, { ...NOTHING, id: "a=b\nc" });
});

Deno.test("parseArgs: a string without a value is empty, and takes no word that looks like a flag", () => {
  assertEquals(parse("--id").parsed, { ...NOTHING, id: "" });
  assertEquals(parse("--id=").parsed, { ...NOTHING, id: "" });
  assertEquals(parse("--id", "--json").parsed, { ...NOTHING, id: "", json: true, j: true });
  assertEquals(parse("--id", "-5").unknown, [["-5", "5", true]]);
});

Deno.test("parseArgs: an empty or `-` word is no value of a long flag but a word of its own", () => {
  assertEquals(parse("--id", "").parsed, { ...NOTHING, id: "", _: [""] });
  assertEquals(parse("--id", "-").parsed, { ...NOTHING, id: "", _: ["-"] });
  assertEquals(parse("-q", "-").parsed, { ...NOTHING, queue: "-", q: "-" });
});

Deno.test("parseArgs: the last of several values counts, unless they are collected", () => {
  assertEquals(parse("--id", "a", "--id=b").parsed, { ...NOTHING, id: "b" });
  assertEquals(parse("--tag", "a", "--tag=b").parsed, { ...NOTHING, tag: ["a", "b"] });
  assertEquals(parse("--tag", "a").parsed, { ...NOTHING, tag: ["a"] });
  assertEquals(parse("--json", "--json=false").parsed, NOTHING);
});

Deno.test("parseArgs: a value is set under every name of the flag", () => {
  assertEquals(parse("-q", "mail").parsed, { ...NOTHING, queue: "mail", q: "mail" });
  assertEquals(parse("--queue=mail").parsed, { ...NOTHING, queue: "mail", q: "mail" });
  assertEquals(parse("-j").parsed, { ...NOTHING, json: true, j: true });
});

Deno.test("parseArgs: a boolean takes a next word `true` or `false`, and no other", () => {
  assertEquals(parse("--json", "list").parsed, { ...NOTHING, json: true, j: true, _: ["list"] });
  assertEquals(parse("--json", "false", "list").parsed, { ...NOTHING, _: ["list"] });
  assertEquals(parse("--force=nonsense").parsed, { ...NOTHING, force: true });
});

Deno.test("parseArgs: `--no-x` does not negate, but `--no-x=v` sets x", () => {
  assertEquals(parse("--no-json").unknown, [["--no-json", "no-json", true]]);
  assertEquals(parse("--no-id=v"), { parsed: { ...NOTHING, id: "v" }, unknown: [] });
});

Deno.test("parseArgs: short flags may stand in a cluster whose last one takes the value", () => {
  assertEquals(parse("-jq", "mail").parsed, { ...NOTHING, json: true, j: true, queue: "mail", q: "mail" });
  assertEquals(parse("-q5").parsed, { ...NOTHING, queue: "5", q: "5" });
  assertEquals(parse("-q=mail").parsed, { ...NOTHING, queue: "mail", q: "mail" });
  assertEquals(parse("-q/tmp/x").parsed, { ...NOTHING, queue: "/tmp/x", q: "/tmp/x" });
});

Deno.test("parseArgs: an unknown flag is told with its key and value, which goes with it", () => {
  assertEquals(parse("--bogus", "5", "list"), {
    parsed: { ...NOTHING, _: ["list"] },
    unknown: [["--bogus", "bogus", "5"]],
  });
  assertEquals(parse("--bogus=1", "-x").unknown, [["--bogus=1", "bogus", "1"], ["-x", "x", true]]);
});

Deno.test("parseArgs: words after `--` are kept apart and told to nobody", () => {
  assertEquals(parse("list", "--", "--id", "--", "7").parsed, {
    ...NOTHING,
    _: ["list"],
    "--": ["--id", "--", "7"],
  });
  assertEquals(parse("--id", "--", "x").parsed, { ...NOTHING, id: "", "--": ["x"] });
  assertEquals(parseArgs(["a", "--", "--b", "1"]), { _: ["a", "--b", "1"] });
});

Deno.test("parseArgs: words that look like numbers become numbers unless declared as strings", () => {
  assertEquals(parse("007", "1e3").parsed._, ["007", "1e3"]);
  assertEquals(parseArgs(["007", "x", "1e3", "--n", "5"]), { _: [7, "x", 1000], n: 5 });
});

Deno.test("parseArgs: stopEarly leaves everything after the first word unread", () => {
  const parsed: Record<string, unknown> = parseArgs(["--json", "enqueue", "--id", "7", "--json"], {
    boolean: ["json"],
    string: ["_"],
    stopEarly: true,
  });
  assertEquals(parsed, { _: ["enqueue", "--id", "7", "--json"], json: true });
});

Deno.test("parseArgs: unknown may refuse words that are not flags", () => {
  const calls: Call[] = [];
  const parsed = parseArgs(["a", "b"], {
    unknown: (arg, key, value) => {
      calls.push([arg, key, value]);
      return arg !== "a";
    },
  });
  assertEquals(parsed, { _: ["b"] });
  assertEquals(calls, [["a", undefined, undefined], ["b", undefined, undefined]]);
});

Deno.test("parseArgs: defaults fill in what is absent, under every name", () => {
  const parse = (...args: string[]): Record<string, unknown> =>
    parseArgs(args, {
      string: ["queue", "tag"],
      boolean: ["wait"],
      collect: ["tag"],
      alias: { queue: "q" },
      default: { queue: "main", wait: true, tag: ["x"] },
    });
  assertEquals(parse(), { _: [], queue: "main", q: "main", wait: true, tag: ["x"] });
  const given = { _: [], queue: "other", q: "other", wait: false, tag: ["y"] };
  assertEquals(parse("-q", "other", "--wait=false", "--tag", "y"), given);
});

Deno.test("parseArgs: the types of declared flags are known", () => {
  const parsed = parseArgs(["--id", "a", "--json", "--tag", "x"], {
    string: ["id", "tag"],
    boolean: ["json"],
    collect: ["tag"],
  });
  const id: string | undefined = parsed.id;
  const json: boolean = parsed.json;
  const tags: string[] = parsed.tag;
  const words: Array<string | number> = parsed._;
  assertEquals([id, json, tags, words], ["a", true, ["x"], []]);
});
