/**
 * Runs the tests (`deno task test [ARGUMENT]…`); the arguments go to `deno test`. Its last line on stdout is
 * `N passed, N failed`, with what was skipped when there is any. No test at all is a failure.
 *
 * Tests of the compiled program get one that is compiled here; `QUEUECTL_TEST_BINARY` names one that exists.
 * Where none can be compiled they are left out, except that this fails when `DENORT_BIN` names a runtime to
 * compile with, or `QUEUECTL_REQUIRE_COMPILED=1` insists on them.
 *
 * Tests on PostgreSQL use the server that `QUEUECTL_TEST_POSTGRES` names, else one that answers on 127.0.0.1:5432,
 * else one that is started for them. Where there is none that is said, and with `QUEUECTL_REQUIRE_POSTGRES=1` fails.
 */
import { dirname, join } from "@std/path";
import { choosePackages, type Packages } from "./packages.ts";
import { mayNeedProgram, mayNeedServer, pathsAmong, testFolders, testPermissions } from "./test_command.ts";
import { prepareTestProgram } from "./test_program.ts";
import type { PreparedServer } from "./test_server.ts";
import { type Counts, didCompiledRun, formatCounts, readCounts } from "./test_report.ts";

const ROOT = dirname(import.meta.dirname!);
const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0 };

/** Much longer than the lines that end a run. */
const KEPT_OUTPUT = 4_000;

/** How a run ended. */
interface Outcome {
  readonly code: number;
  readonly counts: Counts;
}

/** Finds or compiles the program for the tests that these paths select, and says which they run. */
async function prepareProgram(
  paths: readonly string[],
  packages: Packages,
  folder: string,
): Promise<string | undefined> {
  if (!mayNeedProgram(paths, ROOT)) {
    console.log("e2e: not among the selected tests, so nothing is compiled");
    return undefined;
  }
  const program = await prepareTestProgram(packages, folder);
  if ("path" in program) {
    console.log(`e2e: from source and compiled (${program.path})`);
    return program.path;
  }
  console.log(`e2e: from source only, since the program cannot be compiled: ${program.problem}`);
  return undefined;
}

/** Finds or starts a server for the tests that these paths select. */
async function prepareServer(paths: readonly string[]): Promise<PreparedServer | undefined> {
  if (!mayNeedServer(paths, ROOT)) return undefined;
  // Loaded here, since most selections need no driver.
  return await (await import("./test_server.ts")).prepareTestServer();
}

/** Runs `deno test`, shows what it prints and returns how it ended. */
async function runTests(args: string[], env: Record<string, string>): Promise<Outcome> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env, stdin: "null", stdout: "piped" });
  const child = command.spawn();
  const stopRelaying = relaySignals(child);
  const output = Deno.stdout.writable.getWriter();
  const decoder = new TextDecoder();
  let tail = "";
  for await (const chunk of child.stdout) {
    await output.write(chunk);
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-KEPT_OUTPUT);
  }
  // A run that was broken off ends within a line, and the counts need one of their own.
  if (tail !== "" && !tail.endsWith("\n")) await output.write(new TextEncoder().encode("\n"));
  output.releaseLock();
  const { code } = await child.status;
  stopRelaying();
  return { code, counts: readCounts(tail) ?? NO_COUNTS };
}

/** Lets the tests end first when this process is told to, so that what was compiled for them is removed. */
function relaySignals(child: Deno.ChildProcess): () => void {
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  const relays = signals.map((signal) => {
    const relay = () => {
      try {
        child.kill(signal);
      } catch {
        // It has ended already.
      }
    };
    Deno.addSignalListener(signal, relay);
    return () => Deno.removeSignalListener(signal, relay);
  });
  return () => relays.forEach((remove) => remove());
}

/** Tells why a run that `deno test` calls good is not. */
async function findFault({ counts }: Outcome, junit: string | undefined): Promise<string | undefined> {
  if (counts.passed + counts.failed === 0) return "No test ran.";
  if (junit === undefined || didCompiledRun(await Deno.readTextFile(junit))) return undefined;
  return "No test of the compiled program ran, and QUEUECTL_REQUIRE_COMPILED=1 insists on them.";
}

async function testIn(folder: string): Promise<Outcome> {
  const packages = await choosePackages();
  const paths = pathsAmong(Deno.args);
  const selected = paths.length > 0 ? paths : testFolders;
  const program = await prepareProgram(selected, packages, folder);
  const server = await prepareServer(selected);
  const junit = Deno.env.get("QUEUECTL_REQUIRE_COMPILED") === "1" ? join(folder, "junit.xml") : undefined;
  const args = ["test", ...packages.flags, ...testPermissions, ...Deno.args];
  if (junit !== undefined) args.push("--junit-path", junit);
  if (paths.length === 0) args.push(...testFolders);
  const env: Record<string, string> = { ...packages.environment };
  if (program !== undefined) env.QUEUECTL_TEST_BINARY = program;
  if (server !== undefined) env.QUEUECTL_TEST_POSTGRES = server.url;
  let outcome: Outcome;
  try {
    outcome = await runTests(args, env);
  } finally {
    await server?.stop();
  }
  const fault = outcome.code === 0 ? await findFault(outcome, junit) : undefined;
  if (fault !== undefined) console.error(fault);
  return fault === undefined ? outcome : { ...outcome, code: 1 };
}

async function main(): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "queuectl-test-run-" });
  let outcome: Outcome = { code: 1, counts: NO_COUNTS };
  try {
    outcome = await testIn(folder);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  } finally {
    // On Windows, a program that a test left running cannot be removed; the tests' result matters more.
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
  console.log(formatCounts(outcome.counts));
  return outcome.code;
}

if (import.meta.main) Deno.exit(await main());
