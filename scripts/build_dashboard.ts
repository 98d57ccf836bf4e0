/**
 * Builds the dashboard: the browser's part of `queuectl ui` and `serve`, from src/dashboard into dist/dashboard.
 *
 *     deno task build:dashboard
 *
 * `deno bundle` does the work; it takes esbuild from the npm registry at its first use. What was built holds a hash of
 * what it was built from, so that tests and `deno task build` build it only when something has changed.
 */
import { dirname, fromFileUrl, join } from "@std/path";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { messageOf } from "../src/core/errors.ts";
import { dashboardFolder } from "../src/system/dashboard_files.ts";
import { whatDenoSaid } from "./bundle.ts";
import { choosePackages } from "./packages.ts";

/** The most that a browser has to load for it, compressed, in bytes. */
export const mostBytes = 150_000;

/** A file of the dashboard. */
export interface BuiltFile {
  readonly path: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** A build that failed, in words for the one who asked for it. */
export class DashboardError extends Error {}

const root = fromFileUrl(new URL("../", import.meta.url));
const source = join(root, "src", "dashboard");
const output = dashboardFolder();
/** What it was built from; no file with this name is served. */
const originName = ".origin";

/** Builds it unless it is there as its sources have it. Throws a `DashboardError`. */
export async function ensureDashboard(): Promise<void> {
  const built = await Deno.readTextFile(join(output, originName)).catch(() => null);
  if (built !== await originOf()) await buildDashboard();
}

/** Builds it, and puts it in place as a whole. Throws a `DashboardError`. */
export async function buildDashboard(): Promise<BuiltFile[]> {
  const origin = await originOf();
  const draft = `${output.replace(/[\\/]$/, "")}-${Deno.pid}.tmp`;
  try {
    await Deno.mkdir(join(draft, "assets"), { recursive: true });
    const files = await writeFiles(draft);
    checkSize(files);
    await Deno.writeTextFile(join(draft, originName), origin);
    await replaceOutput(draft);
    return files;
  } finally {
    await Deno.remove(draft, { recursive: true }).catch(() => {});
  }
}

async function writeFiles(folder: string): Promise<BuiltFile[]> {
  const parts = new Map([
    ["dashboard.js", await bundle("dashboard.tsx")],
    ["dashboard.css", await bundle("style/dashboard.css")],
    ["favicon.svg", await Deno.readFile(join(source, "assets", "favicon.svg"))],
  ]);
  let page = await Deno.readTextFile(join(source, "index.html"));
  const files: BuiltFile[] = [];
  const write = async (path: string, bytes: Uint8Array) => {
    await Deno.writeFile(join(folder, path), bytes);
    files.push({ path, bytes: bytes.length, gzipBytes: gzipSync(bytes).length });
  };
  for (const [name, bytes] of parts) {
    const path = `assets/${hashedName(name, bytes)}`;
    if (!page.includes(`{${name}}`)) throw new DashboardError(`index.html does not name {${name}}`);
    page = page.replaceAll(`{${name}}`, `/${path}`);
    await write(path, bytes);
  }
  await write("index.html", new TextEncoder().encode(page));
  return files;
}

function hashedName(name: string, bytes: Uint8Array): string {
  const dot = name.lastIndexOf(".");
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  return `${name.slice(0, dot)}-${hash}${name.slice(dot)}`;
}

/** One file of what it imports, as small as it can be. */
async function bundle(entry: string): Promise<Uint8Array> {
  const { flags, environment } = await choosePackages();
  const args = ["bundle", "--quiet", ...flags, "--platform", "browser", "--minify", join(source, entry)];
  const command = new Deno.Command(Deno.execPath(), { args, env: environment });
  const { success, stdout, stderr } = await command.output();
  if (success) return stdout;
  const said = whatDenoSaid(stderr);
  throw new DashboardError(`Cannot bundle src/dashboard/${entry}: deno bundle failed\n${said}`);
}

function checkSize(files: readonly BuiltFile[]): void {
  const total = sum(files.map(({ gzipBytes }) => gzipBytes));
  if (total <= mostBytes) return;
  throw new DashboardError(
    `Cannot build the dashboard: it has ${kilobytes(total)} compressed, and may have ${kilobytes(mostBytes)}`,
  );
}

/** Exchanges the folders. A server that reads it just then finds none of it, and never a part. */
async function replaceOutput(draft: string): Promise<void> {
  const old = `${draft}.old.tmp`;
  await Deno.mkdir(dirname(output), { recursive: true });
  await Deno.rename(output, old).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  try {
    await Deno.rename(draft, output);
  } finally {
    await Deno.remove(old, { recursive: true }).catch(() => {});
  }
}

/** A hash of everything that it is made of: its files, the versions of its packages, Deno's own, and this script. */
async function originOf(): Promise<string> {
  const hash = createHash("sha256").update(Deno.version.deno);
  const { imports }: { imports: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(join(root, "deno.json")),
  );
  hash.update(JSON.stringify(imports));
  for (const path of [import.meta.filename!, ...await filesBelow(source)]) {
    hash.update(`\0${path.slice(root.length)}\0`).update(await Deno.readFile(path));
  }
  return hash.digest("hex");
}

async function filesBelow(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) paths.push(...await filesBelow(path));
    else if (!/_test\.tsx?$|\.md$/.test(name)) paths.push(path);
  }
  return paths.sort();
}

/** One line a file, and their sum. */
export function reportFiles(files: readonly BuiltFile[]): string {
  const total = {
    path: "together",
    bytes: sum(files.map(({ bytes }) => bytes)),
    gzipBytes: sum(files.map(({ gzipBytes }) => gzipBytes)),
  };
  const width = Math.max(...files.map(({ path }) => path.length));
  return [...files, total].map(({ path, bytes, gzipBytes }) =>
    `${path.padEnd(width)}  ${kilobytes(bytes).padStart(8)}  ${kilobytes(gzipBytes).padStart(8)} gzipped`
  ).join("\n");
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

async function main(): Promise<number> {
  try {
    console.log(reportFiles(await buildDashboard()));
    return 0;
  } catch (error) {
    console.error(error instanceof DashboardError ? error.message : messageOf(error));
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main());
