/** The compiled program for tests: the one that `QUEUECTL_TEST_BINARY` names, or one that is compiled for them. */
import { dirname, join } from "@std/path";
import type { Packages } from "./packages.ts";
import { withoutColour } from "./test_report.ts";

const ROOT = dirname(import.meta.dirname!);

/** Where the program is, or why there is none. */
export type TestProgram = { readonly path: string } | { readonly problem: string };

/**
 * Finds the program, or compiles it into the folder. Throws where the one that was named is not there, and where it
 * could have been compiled (`DENORT_BIN` names a runtime) and was not.
 */
export async function prepareTestProgram(packages: Packages, folder: string): Promise<TestProgram> {
  const given = Deno.env.get("QUEUECTL_TEST_BINARY");
  if (given && !await isFile(given)) {
    throw new Error(`Cannot test QUEUECTL_TEST_BINARY=${given}: there is no such file`);
  }
  if (given) return { path: given };
  const path = join(folder, Deno.build.os === "windows" ? "queuectl.exe" : "queuectl");
  const problem = await compile(path, packages);
  return problem === undefined ? { path } : { problem };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** Compiles the program. Returns why that failed, or throws it where it had all it needs. */
async function compile(program: string, packages: Packages): Promise<string | undefined> {
  const args = ["run", ...packages.flags, "-A", join(ROOT, "scripts", "build.ts"), "--output", program];
  const command = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: packages.environment,
    stdin: "null",
  });
  const { success, stdout, stderr } = await command.output();
  if (success) return undefined;
  const output = withoutColour(new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)).trim();
  if (Deno.env.get("DENORT_BIN")) throw new Error(`Cannot compile the program:\n${output}`);
  // The last cause that Deno lists is the one that says most.
  const cause = [...output.matchAll(/^ +\d+: (?!<unknown>)(.+)/gm)].at(-1)?.[1];
  return cause ?? output.split("\n")[0]!;
}
