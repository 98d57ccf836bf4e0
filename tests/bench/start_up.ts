/**
 * How long the compiled program takes to start and how large it is, by the flags that it is compiled with:
 *
 *     deno run --no-config -A scripts/packages.ts run -A tests/bench/start_up.ts [--rounds N] [--native FILE] [VARIANT]…
 *
 * Every figure is a ratio to a compiled hello world that took its turn in the same rounds, so that figures of a busy
 * machine can be compared, though only within one run. Without VARIANT all are compared. `--native` adds what
 * `deno task build --native FILE` builds.
 */
import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl, join } from "@std/path";
import { build } from "../../scripts/build.ts";
import { choosePackages } from "../../scripts/packages.ts";
import { programPermissions } from "../../src/system/self_launcher.ts";

/** What to add to `deno compile --no-check`. */
const variants: Readonly<Record<string, readonly string[]>> = {
  "code cache": [],
  "no code cache": ["--no-code-cache"],
  "max lazy": ["--no-code-cache", "--v8-flags=--max-lazy"],
  "no optimizing": ["--no-code-cache", "--v8-flags=--no-opt"],
  "single thread": ["--no-code-cache", "--v8-flags=--single-threaded"],
  "lite mode": ["--no-code-cache", "--v8-flags=--lite-mode"],
  "unused npm out": ["--no-code-cache", "--exclude-unused-npm"],
  "bundle": ["--no-code-cache", "--bundle"],
  "bundle, minify": ["--no-code-cache", "--bundle", "--minify"],
};

/** What is measured of each variant: a word for it, and the arguments. */
const calls: readonly (readonly [string, readonly string[]])[] = [
  ["--version", ["--version"]],
  ["status", ["status"]],
  ["enqueue", ["enqueue", "--", "true"]],
];

interface Subject {
  readonly name: string;
  readonly call: string;
  readonly path: string;
  readonly args: readonly string[];
  readonly home: string;
  readonly times: number[];
}

const mainModule = fromFileUrl(new URL("../../main.ts", import.meta.url));

async function compile(flags: readonly string[], entry: string, output: string): Promise<string | null> {
  const { flags: packages } = await choosePackages();
  const command = new Deno.Command(Deno.execPath(), {
    args: ["compile", "--quiet", "--no-check", ...packages, ...flags, "--output", output, entry],
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await command.output();
  return success ? null : new TextDecoder().decode(stderr).trim();
}

async function subjectsOf(name: string, folder: string): Promise<Subject[]> {
  const path = pathOf(name, folder);
  const problem = await compile([...programPermissions, ...variants[name]!], mainModule, path);
  if (problem === null) return toSubjects(name, path);
  console.error(`${name}: not compiled, ${problem.split("\n")[0]}`);
  return [];
}

function pathOf(name: string, folder: string): string {
  return join(folder, name.replaceAll(/\W+/g, "-"));
}

function toSubjects(name: string, path: string): Subject[] {
  // A home that is empty, and stays so until the first `enqueue`.
  return calls.map(([call, args]) => ({ name, call, path, args, home: `${path}-${call}-home`, times: [] }));
}

async function helloWorld(folder: string): Promise<Subject> {
  const entry = join(folder, "hello.ts");
  const path = join(folder, "hello");
  await Deno.writeTextFile(entry, `console.log("hello");\n`);
  const problem = await compile(["--no-code-cache"], entry, path);
  if (problem !== null) throw new Error(`Cannot compile a hello world: ${problem}`);
  return { name: "hello world", call: "", path, args: [], home: folder, times: [] };
}

async function measure({ path, args, home, times, name, call }: Subject): Promise<void> {
  const start = performance.now();
  const { success } = await new Deno.Command(path, {
    args: [...args],
    env: { QUEUECTL_HOME: home },
    stdout: "null",
    stderr: "null",
  }).output();
  times.push(performance.now() - start);
  if (!success) throw new Error(`${name}: ${call} failed`);
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

async function main(): Promise<void> {
  const { _: names, rounds, native } = parseArgs(Deno.args, {
    string: ["rounds", "native", "_"],
    default: { rounds: "20" },
  });
  for (const name of names) {
    if (!(String(name) in variants)) throw new Error(`no ${name} among ${Object.keys(variants).join(", ")}`);
  }
  const folder = await Deno.makeTempDir({ prefix: "queuectl-bench-" });
  try {
    const hello = await helloWorld(folder);
    const subjects = [hello];
    for (const name of names.length > 0 ? names.map(String) : Object.keys(variants)) {
      subjects.push(...await subjectsOf(name, folder));
    }
    if (native) {
      const path = pathOf("native SQLite", folder);
      await build({ native, output: path });
      subjects.push(...toSubjects("native SQLite", path));
    }
    for (const subject of subjects) await measure(subject);
    for (const { times } of subjects) times.length = 0;
    for (let round = 0; round < Number(rounds); round++) {
      // Turned around every other time, so that nobody always runs behind the same neighbour.
      for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) await measure(subject);
    }
    report(hello, subjects);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function report(hello: Subject, subjects: readonly Subject[]): void {
  const unit = median(hello.times);
  console.log(`hello world: ${unit.toFixed(0)} ms, ${megabytes(hello)} MB; times as a multiple of it`);
  console.log(`${"".padEnd(16)}${calls.map(([call]) => call.padStart(10)).join("")}        MB`);
  for (const name of new Set(subjects.map((subject) => subject.name))) {
    const own = subjects.filter((subject) => subject.name === name);
    if (own[0] === hello) continue;
    const figures = own.map(({ times }) => (median(times) / unit).toFixed(2).padStart(10));
    console.log(`${name.padEnd(16)}${figures.join("")}${megabytes(own[0]!).padStart(10)}`);
  }
}

function megabytes({ path }: Subject): string {
  return (Deno.statSync(path).size / 1_000_000).toFixed(1);
}

if (import.meta.main) await main();
