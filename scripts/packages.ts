/**
 * Decides where the packages come from that the source imports by name: JSR, or the adapters in
 * `scripts/offline` where only an npm registry is reachable. Run as a program, it starts a subcommand of
 * Deno with that choice made:
 *
 *     deno run --no-config -A scripts/packages.ts run --allow-read main.ts status
 *
 * `QUEUECTL_PACKAGES=jsr|offline` forces a choice. What is started finds it there, and the flags for Deno as
 * a JSON array in `QUEUECTL_DENO_FLAGS`. Nothing but Deno's built-ins is imported here, since no package can
 * be found before this has run.
 */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Where the packages come from. */
export type PackageSet = "jsr" | "offline";

/** A choice that was made. */
export interface Packages {
  readonly set: PackageSet;
  /** What `deno run`, `test`, `check`, `compile` and the like are to be given; all paths are absolute. */
  readonly flags: readonly string[];
  /** What the processes that are started need in their environment, so that they do not choose anew. */
  readonly environment: Readonly<Record<string, string>>;
}

const ROOT = dirname(import.meta.dirname!);
const JSR_TIMEOUT_MS = 3_000;
const REMEMBERED_MS = 10 * 60_000;
/** The same signal again within this time is an echo: a group and its leader may both have been signalled. */
const ECHO_MS = 200;
/** Subcommands that load no packages, and know no flags about them. */
const WITHOUT_FLAGS = ["task", "fmt", "lint"];

/**
 * Chooses the packages, and says which on stderr unless `QUEUECTL_PACKAGES` has chosen already. Takes up to
 * three seconds where JSR does not answer. Throws when the variable holds anything else than its two values.
 */
export async function choosePackages(): Promise<Packages> {
  const forced = Deno.env.get("QUEUECTL_PACKAGES");
  if (forced) return toPackages(readSet(forced));
  const set = recall() ?? await probe();
  remember(set);
  console.error(
    set === "jsr"
      ? "Packages come from JSR."
      : "Packages come from scripts/offline, since JSR cannot be reached (QUEUECTL_PACKAGES=jsr insists on it).",
  );
  return toPackages(set);
}

function readSet(text: string): PackageSet {
  if (text === "jsr" || text === "offline") return text;
  throw new Error(`Cannot use QUEUECTL_PACKAGES=${text}: it must be jsr or offline`);
}

function toPackages(set: PackageSet): Packages {
  const offline = join(ROOT, "scripts", "offline");
  const flags = set === "jsr" ? ["--lock", join(ROOT, "deno.lock"), "--frozen"] : [
    "--import-map",
    join(offline, "import_map.json"),
    "--lock",
    join(offline, "deno.lock"),
    "--frozen",
  ];
  // Named, so that the compiler options are the same from whichever folder Deno is started.
  flags.unshift("--config", join(ROOT, "deno.json"));
  const environment = { QUEUECTL_PACKAGES: set, QUEUECTL_DENO_FLAGS: JSON.stringify(flags) };
  return { set, flags, environment };
}

async function probe(): Promise<PackageSet> {
  return await isCached() || await doesJsrAnswer() ? "jsr" : "offline";
}

async function isCached(): Promise<boolean> {
  const probeModule = join(ROOT, "scripts", "packages_probe.ts");
  const args = ["test", "--no-run", "--no-check", "--cached-only", ...toPackages("jsr").flags, probeModule];
  const command = new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" });
  return (await command.output()).success;
}

async function doesJsrAnswer(): Promise<boolean> {
  const registry = Deno.env.get("JSR_URL") || "https://jsr.io";
  try {
    const signal = AbortSignal.timeout(JSR_TIMEOUT_MS);
    const response = await fetch(new URL("/@std/path/meta.json", registry), { signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** The file that holds the last answer for this project and this set-up of Deno. */
function memoryFile(): string {
  const { env } = Deno;
  const setUp = [ROOT, env.get("JSR_URL"), env.get("DENO_DIR")].join("\n");
  const key = createHash("sha256").update(setUp).digest("hex").slice(0, 16);
  return join(cacheFolder(), "queuectl", `packages-${key}`);
}

function cacheFolder(): string {
  if (Deno.build.os === "windows") {
    return Deno.env.get("LOCALAPPDATA") || join(homedir(), "AppData", "Local");
  }
  if (Deno.build.os === "darwin") return join(homedir(), "Library", "Caches");
  return Deno.env.get("XDG_CACHE_HOME") || join(homedir(), ".cache");
}

// The memory only saves time: whatever goes wrong with it, the answer is found anew.

function recall(): PackageSet | undefined {
  try {
    const file = memoryFile();
    const age = Date.now() - (Deno.statSync(file).mtime?.getTime() ?? 0);
    return age >= 0 && age < REMEMBERED_MS ? readSet(Deno.readTextFileSync(file)) : undefined;
  } catch {
    return undefined;
  }
}

function remember(set: PackageSet): void {
  if (recall() === set) return;
  try {
    const file = memoryFile();
    Deno.mkdirSync(dirname(file), { recursive: true });
    Deno.writeTextFileSync(file, set);
  } catch {
    // Asked again the next time.
  }
}

function forget(): void {
  try {
    Deno.removeSync(memoryFile());
  } catch {
    // Nothing was remembered.
  }
}

/** Runs a subcommand of Deno with these packages, and returns its exit code (128 + n for signal n). */
async function runDeno(subcommand: string, rest: string[], packages: Packages): Promise<number> {
  const flags = WITHOUT_FLAGS.includes(subcommand) ? [] : packages.flags;
  const child = new Deno.Command(Deno.execPath(), {
    args: [subcommand, ...flags, ...rest],
    env: packages.environment,
  }).spawn();
  relaySignals(child);
  const { code } = await child.status;
  // The failure may be that JSR is gone, so an answer that says otherwise is not to be trusted any longer.
  if (code !== 0 && packages.set === "jsr") forget();
  return code;
}

/** Keeps this process alive for as long as the child, and hands on the signals that the child did not get. */
function relaySignals(child: Deno.ChildProcess): void {
  // A terminal signals every process in front of it, the child too. On Windows all come from a terminal.
  const onWindows = Deno.build.os === "windows";
  const onTerminal = onWindows ||
    [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
  const fromTerminal: Deno.Signal[] = onWindows ? ["SIGINT"] : ["SIGINT", "SIGHUP"];
  for (const signal of fromTerminal) relay(child, signal, !onTerminal);
  if (!onWindows) relay(child, "SIGTERM", true);
}

function relay(child: Deno.ChildProcess, signal: Deno.Signal, handOn: boolean): void {
  let lastAt = -Infinity;
  Deno.addSignalListener(signal, () => {
    const isEcho = performance.now() - lastAt < ECHO_MS;
    lastAt = performance.now();
    if (!handOn || isEcho) return;
    try {
      child.kill(signal);
    } catch {
      // It has ended already.
    }
  });
}

async function main([subcommand, ...rest]: string[]): Promise<number> {
  if (subcommand === undefined) {
    console.error("Usage: deno run --no-config -A scripts/packages.ts SUBCOMMAND [ARGUMENT]…");
    return 2;
  }
  const packages = await choosePackages();
  return await runDeno(subcommand, rest, packages);
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(2);
  }
}
