/**
 * Runs the unit and the contract tests (`deno task coverage`) and prints which lines of `src/core` and
 * `src/store` they reach. Exits with 1 when either folder is below its goal, or a test fails.
 */
import { dirname, join, relative, toFileUrl } from "@std/path";
import { findNativeLibrary } from "../tests/support/native_library.ts";
import { readLcov } from "./lcov.ts";
import { choosePackages } from "./packages.ts";
import { testPermissions } from "./test_command.ts";
import { prepareTestServer } from "./test_server.ts";

const ROOT = dirname(import.meta.dirname!);
const FOLDERS = ["src/core", "src/store"];
const TESTS = [...FOLDERS, "tests/contract"];
const GOAL_PERCENT = 95;

/** How many lines there are to run, and how many ran. */
interface Lines {
  readonly found: number;
  readonly hit: number;
}

async function listSources(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(join(ROOT, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) paths.push(...await listSources(path));
    else if (/(?<!_test)\.ts$/.test(entry.name)) paths.push(path);
  }
  return paths.sort();
}

/**
 * Writes a module that loads every source and tests nothing. Without it a file that no test imports would be
 * missing from the report and not count; with it, what is missing holds only types.
 */
async function writeLoader(folder: string, sources: readonly string[]): Promise<string> {
  const path = join(folder, "load_test.ts");
  const imports = sources.map((source) => `import ${JSON.stringify(toFileUrl(join(ROOT, source)).href)};\n`);
  await Deno.writeTextFile(path, imports.join(""));
  return path;
}

async function deno(
  args: string[],
  env: Record<string, string>,
  stdout: "inherit" | "piped",
): Promise<string> {
  const options = {
    args,
    cwd: ROOT,
    env,
    stdin: "null",
    stdout,
    stderr: "inherit",
  } as const;
  const child = new Deno.Command(Deno.execPath(), options).spawn();
  const text = stdout === "piped" ? await new Response(child.stdout).text() : "";
  const { success, code } = await child.status;
  if (!success) throw new Error(`Cannot measure: deno ${args[0]} ended with exit code ${code}`);
  return text;
}

/** Runs the tests; returns the lines of every source that has any. */
async function measure(sources: readonly string[], folder: string): Promise<Map<string, Lines>> {
  const packages = await choosePackages();
  const library = findNativeLibrary();
  if (library === undefined) {
    throw new Error("Cannot measure: no native SQLite library (DENO_SQLITE_PATH names one)");
  }
  const server = await prepareTestServer();
  const env = {
    ...packages.environment,
    DENO_SQLITE_PATH: library,
    QUEUECTL_TEST_POSTGRES: server.url,
  };
  const profile = join(folder, "profile");
  const loader = await writeLoader(folder, sources);
  const flags = [...packages.flags, ...testPermissions, `--coverage=${profile}`, "--coverage-raw-data-only"];
  try {
    await deno(["test", ...flags, ...TESTS, loader], env, "inherit");
  } finally {
    await server.stop();
  }
  const report = readLcov(await deno(["coverage", "--lcov", profile], env, "piped"));
  return new Map([...report].map(([path, lines]) => [relative(ROOT, path).replaceAll("\\", "/"), lines]));
}

function row(name: string, lines: Lines | undefined): string {
  if (lines === undefined) return `${name.padEnd(44)} ${"types only".padStart(21)}`;
  const share = `${lines.hit}/${lines.found}`;
  return `${name.padEnd(44)} ${share.padStart(12)} ${percent(lines).toFixed(1).padStart(6)} %`;
}

function percent({ found, hit }: Lines): number {
  return found === 0 ? 100 : 100 * hit / found;
}

function sum(lines: readonly (Lines | undefined)[]): Lines {
  return lines.reduce<Lines>(
    (total, one) => ({ found: total.found + (one?.found ?? 0), hit: total.hit + (one?.hit ?? 0) }),
    { found: 0, hit: 0 },
  );
}

/** Prints a folder's table; tells whether it reaches the goal. */
function report(folder: string, sources: readonly string[], coverage: Map<string, Lines>): boolean {
  const files = sources.filter((source) => source.startsWith(`${folder}/`));
  for (const file of files) console.log(row(file, coverage.get(file)));
  const total = sum(files.map((file) => coverage.get(file)));
  console.log(row(`${folder} in all`, total) + "\n");
  if (percent(total) >= GOAL_PERCENT) return true;
  console.error(
    `${folder}: ${percent(total).toFixed(2)} % of the lines ran, and ${GOAL_PERCENT} % are the goal.`,
  );
  return false;
}

async function main(): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "queuectl-coverage-" });
  try {
    const sources = (await Promise.all(FOLDERS.map(listSources))).flat();
    const coverage = await measure(sources, folder);
    const reached = FOLDERS.map((name) => report(name, sources, coverage));
    return reached.every(Boolean) ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
