/**
 * Bundles the modules of a program, and of the packages that they use, into few: most of a start is reading modules.
 * What is imported late stays apart, so that it is still read late. Nothing is minified, for stacks that can be read.
 * See .github/decisions/0002-build.md.
 */

import { basename, dirname, join } from "@std/path";
import { choosePackages } from "./packages.ts";

/**
 * Bundles what the module `entry` needs into `folder`, which is emptied first. Returns the path of the bundled entry.
 * Throws an `Error` with what `deno bundle` said. Deno gets its bundler, esbuild, from npm when it is first used.
 */
export async function bundle(entry: string, folder: string): Promise<string> {
  const packages = await choosePackages();
  await emptyFolder(folder);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", ...packages.flags, "--code-splitting", "--outdir", folder, entry],
    // The bundler names modules by their paths from here.
    cwd: dirname(entry),
    env: packages.environment,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(whatDenoSaid(stderr));
  return join(folder, basename(entry).replace(/\.ts$/, ".js"));
}

/** What a command of Deno wrote to stderr, without the addresses of its own code that follow an error. */
export function whatDenoSaid(stderr: Uint8Array): string {
  return new TextDecoder().decode(stderr).replace(/\n+Stack backtrace:[\s\S]*/, "").trim();
}

async function emptyFolder(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(path, { recursive: true });
}
