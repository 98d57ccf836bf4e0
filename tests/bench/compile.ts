/** Compiles what the benchmarks need, the way that `scripts/build.ts` compiles the program. */

import { fromFileUrl } from "@std/path";
import { choosePackages } from "../../scripts/packages.ts";

export interface CompileOptions {
  /** A module, by its URL. */
  readonly entry: string;
  readonly output: string;
  readonly flags?: readonly string[];
}

/** Compiles a module. Throws with the reason. */
export async function compile({ entry, output, flags = ["--no-code-cache"] }: CompileOptions): Promise<void> {
  const packages = await choosePackages();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--quiet",
      "--no-check",
      ...packages.flags,
      ...flags,
      "--output",
      output,
      fromFileUrl(entry),
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
      args: ["-O2", "-o", output, fromFileUrl(source)],
      stdout: "null",
      stderr: "inherit",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
