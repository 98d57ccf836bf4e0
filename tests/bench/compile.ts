/** Compiles what the benchmarks need, the way that `scripts/build.ts` compiles the program. */

import { choosePackages } from "../../scripts/packages.ts";

export interface CompileOptions {
  /** The path of a module. */
  readonly entry: string;
  /** Whether it has all packages in it. */
  readonly isBundled?: boolean;
  readonly output: string;
  readonly flags?: readonly string[];
}

/** Compiles a module. Throws with the reason. */
export async function compile(options: CompileOptions): Promise<void> {
  const { entry, isBundled = false, output, flags = ["--no-code-cache"] } = options;
  const packages = await choosePackages();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--quiet",
      "--no-check",
      ...isBundled ? ["--no-config", "--no-lock", "--no-npm"] : packages.flags,
      ...flags,
      "--output",
      output,
      entry,
    ],
    env: packages.environment,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot compile ${entry}: ${new TextDecoder().decode(stderr).trim()}`);
}

/** Compiles a C program with the system's compiler; false where there is none. */
export async function compileC(source: string, output: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("cc", {
      args: ["-O2", "-o", output, source],
      stdout: "null",
      stderr: "inherit",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
