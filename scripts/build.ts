/**
 * Compiles the program into one self-contained binary.
 *
 *     deno task build [--target TARGET] [--native FILE] [--output FILE]
 *
 * `--native` embeds a native SQLite library of the target; without it the binary runs on the SQLite of its
 * runtime. `DENORT_BIN` names a runtime to compile upon, where Deno's own download host cannot be reached.
 */
import { parseArgs } from "@std/cli/parse-args";
import { basename, dirname, fromFileUrl, join, relative, resolve } from "@std/path";
import { messageOf } from "../src/core/errors.ts";
import { readDashboard } from "../src/system/dashboard_files.ts";
import { embeddedNames } from "../src/system/native_library.ts";
import { programPermissions } from "../src/system/self_launcher.ts";
import { ensureDashboard } from "./build_dashboard.ts";
import { bundle, whatDenoSaid } from "./bundle.ts";

/** What Deno can compile for. */
export const targets: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

/** What to build. */
export interface BuildOptions {
  /** One of `targets`; this machine's when left out. */
  readonly target?: string | undefined;
  /** A native SQLite library of the target. */
  readonly native?: string | undefined;
  /** Where to put the binary; a place in dist/ when left out. */
  readonly output?: string | undefined;
}

/** What was built. */
export interface Built {
  readonly path: string;
  readonly target: string;
  readonly bytes: number;
  /** The SHA-256 of the embedded library, or null. */
  readonly nativeSha256: string | null;
}

/** A build that was refused or failed, in words for the one who asked for it. */
export class BuildError extends Error {}

const root = fromFileUrl(new URL("../", import.meta.url));

/**
 * The flags beside permissions. Without a code cache, since that would lie in the folder for temporary files under a
 * name that anybody can foresee, and be executed; see .github/decisions/0002-build.md. The bundle has all it needs in
 * it, so neither packages nor settings of Deno are of any use.
 */
const compileFlags = [
  "--no-check",
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--no-code-cache",
  // A worker's young generation would grow to 16 MB and stay, and its old one grow for minutes; see the same.
  "--v8-flags=--max-semi-space-size=1,--optimize-for-size",
];

/** All that is embedded: the bundled modules, and folders that they look for beside them. All builds share it. */
const embedded = join(root, "dist", "embedded");

/** Builds the binary. It appears at its place as a whole or not at all. Throws a `BuildError`. */
export async function build(options: BuildOptions = {}): Promise<Built> {
  const target = options.target ?? Deno.build.target;
  if (!targets.includes(target)) {
    throw new BuildError(
      `Cannot build for ${target}: there is no such target\nThe targets are ${targets.join(", ")}.`,
    );
  }
  if (target !== Deno.build.target && Deno.env.has("DENORT_BIN")) {
    console.error(`DENORT_BIN is set, so the binary is for ${target} only if that runtime is.`);
  }
  const output = resolve(options.output ?? defaultOutput(target, options.target !== undefined));
  const native = options.native === undefined ? null : await readNative(options.native, target);
  await Deno.mkdir(dirname(output), { recursive: true }).catch((error) => {
    throw new BuildError(`Cannot build ${output}: ${messageOf(error)}`);
  });
  await oneAtATime(async () => {
    const entry = await bundle(join(root, "main.ts"), embedded).catch((error) => {
      throw new BuildError(`Cannot build ${output}: deno bundle failed\n${messageOf(error)}`);
    });
    if (native !== null) await layOutNative(native);
    await ensureDashboard().catch((error) => {
      throw new BuildError(messageOf(error));
    });
    await layOutDashboard();
    await forgetTimes(embedded);
    await compile(entry, ["--target", target, "--include", embedded], output);
  });
  const { size } = await Deno.stat(output);
  return { path: output, target, bytes: size, nativeSha256: native?.sha256 ?? null };
}

async function oneAtATime(act: () => Promise<void>): Promise<void> {
  await Deno.mkdir(join(root, "dist"), { recursive: true });
  using file = await Deno.open(join(root, "dist", ".build.lock"), { create: true, write: true });
  await file.lock(true);
  await act();
}

/** Gives all files in a folder the same time: Deno embeds it, and builds of the same source are to be the same. */
async function forgetTimes(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) await forgetTimes(path);
    else await Deno.utime(path, 0, 0);
  }
}

function defaultOutput(target: string, isNamed: boolean): string {
  const extension = target.includes("windows") ? ".exe" : "";
  return join(root, "dist", `queuectl${isNamed ? `-${target}` : ""}${extension}`);
}

interface Native {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
}

async function readNative(path: string, target: string): Promise<Native> {
  const bytes = await Deno.readFile(path).catch((error) => {
    throw new BuildError(`Cannot embed the SQLite library ${path}: ${messageOf(error)}`);
  });
  if (!isLibraryFor(target, bytes)) {
    throw new BuildError(`Cannot embed the SQLite library ${path}: it is no shared library for ${target}`);
  }
  return { bytes, sha256: new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex() };
}

/** Tells by the first bytes, so that a library of another system is noticed here and not by its users. */
function isLibraryFor(target: string, bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 8).toHex();
  if (target.includes("linux")) {
    const machine = bytes[18];
    return start.startsWith("7f454c46") && machine === (target.startsWith("aarch64") ? 0xb7 : 0x3e);
  }
  if (target.includes("windows")) return start.startsWith("4d5a");
  const isUniversal = start.startsWith("cafebabe");
  return isUniversal || start === `cffaedfe${target.startsWith("aarch64") ? "0c" : "07"}000001`;
}

/** Writes what the program looks for. */
async function layOutNative({ bytes, sha256 }: Native): Promise<void> {
  const folder = join(embedded, "native");
  await Deno.mkdir(folder);
  await Deno.writeFile(join(folder, embeddedNames.library), bytes);
  await Deno.writeTextFile(join(folder, embeddedNames.sha256), `${sha256}\n`);
}

async function layOutDashboard(): Promise<void> {
  for (const [path, bytes] of readDashboard()) {
    const place = join(embedded, "dashboard", path);
    await Deno.mkdir(dirname(place), { recursive: true });
    await Deno.writeFile(place, bytes);
  }
}

async function compile(entry: string, flags: readonly string[], output: string): Promise<void> {
  // Deno adds `.exe` to names that lack it, so the draft's name keeps the end of the real one.
  const draft = join(dirname(output), `.${Deno.pid}-${basename(output)}`);
  const command = new Deno.Command(Deno.execPath(), {
    args: ["compile", "--quiet", ...compileFlags, ...programPermissions, ...flags, "--output", draft, entry],
    stdout: "null",
    stderr: "piped",
  });
  try {
    const { success, stderr } = await command.output();
    if (!success) {
      const said = whatDenoSaid(stderr);
      throw new BuildError(`Cannot build ${output}: deno compile failed\n${said}${compileHint(said)}`);
    }
    await Deno.rename(draft, output);
  } finally {
    await Deno.remove(draft).catch(() => {});
  }
}

function compileHint(said: string): string {
  if (!/denort|download/i.test(said)) return "";
  return Deno.env.has("DENORT_BIN")
    ? "\nDENORT_BIN must name a runtime of the target to compile upon."
    : "\nWhere Deno's download host cannot be reached, DENORT_BIN names a runtime to compile upon.";
}

/** One paragraph on what was built. */
export function report({ path, target, bytes, nativeSha256 }: Built): string {
  const size = `${(bytes / 1_000_000).toFixed(1)} MB`;
  const native = nativeSha256 === null
    ? "It has no native SQLite library embedded (--native FILE embeds one)."
    : `It has a native SQLite library embedded, of the SHA-256\n${nativeSha256}`;
  const fromHere = relative(Deno.cwd(), path);
  return `Built ${fromHere.startsWith("..") ? path : fromHere} for ${target}, ${size}.\n${native}`;
}

function readOptions(args: string[]): BuildOptions {
  const { _: rest, target, native, output } = parseArgs(args, {
    string: ["target", "native", "output", "_"],
    unknown: (word) => refuse(`there is no ${word}`),
  });
  for (const [name, value] of Object.entries({ target, native, output })) {
    if (value === "") refuse(`--${name} needs a value`);
  }
  if (rest.length > 0) refuse(`there is no ${rest.join(" ")}`);
  return { target, native, output };
}

function refuse(found: string): never {
  const usage = "Usage: deno task build [--target TARGET] [--native FILE] [--output FILE]";
  throw new BuildError(`Cannot build: ${found}\n${usage}`);
}

async function main(): Promise<number> {
  try {
    console.log(report(await build(readOptions(Deno.args))));
    return 0;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main());
