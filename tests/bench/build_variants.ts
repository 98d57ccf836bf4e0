/** How long calls take by the flags that the program is compiled with; see .github/decisions/0002-build.md. */

import { build } from "../../scripts/build.ts";
import { programPermissions } from "../../src/system/self_launcher.ts";
import { findNativeLibrary } from "../support/native_library.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { compile } from "./compile.ts";
import { interleave, type Measures, medianRatio } from "./samples.ts";
import type { Workshop } from "./workshop.ts";

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

const calls: readonly (readonly string[])[] = [["--version"], ["status"], ["enqueue", "--", "true"]];

export const buildVariants: Benchmark = {
  name: "builds",
  summary: "start-up by the flags of deno compile; takes long",
  isExtra: true,
  async run(workshop) {
    const hello = await workshop.hello();
    const programs = await compileAll(workshop);
    const measures: Record<string, () => Promise<number>> = { hello: () => workshop.time(hello, []) };
    for (const [name, path] of programs) Object.assign(measures, await measuresOf(workshop, name, path));
    await interleave(measures, 1);
    const samples = await interleave(measures, workshop.size(20, 2));
    return Object.keys(measures).filter((what) => what !== "hello").map((what): Row => ({
      what: `${what} / hello world`,
      figure: medianRatio(samples[what]!, samples.hello!),
      unit: "×",
      goal: null,
    }));
  },
};

/** Paths by name; what cannot be compiled here is said and left out. */
async function compileAll(workshop: Workshop): Promise<Map<string, string>> {
  const programs = new Map<string, string>();
  const make = async (name: string, compileTo: (output: string) => Promise<unknown>) => {
    const output = workshop.path(`variant-${programs.size}`);
    try {
      await compileTo(output);
      programs.set(name, output);
    } catch (error) {
      workshop.say(`${name}: not compiled: ${error instanceof Error ? error.message : error}`);
    }
  };
  const entry = new URL("../../main.ts", import.meta.url).href;
  for (const [name, flags] of Object.entries(variants)) {
    await make(name, (output) => compile({ entry, output, flags: [...programPermissions, ...flags] }));
  }
  const native = findNativeLibrary();
  if (native !== undefined) await make("native SQLite", (output) => build({ native, output }));
  return programs;
}

async function measuresOf(workshop: Workshop, name: string, path: string): Promise<Measures<string>> {
  const measures: Record<string, () => Promise<number>> = {};
  const megabytes = ((await Deno.stat(path)).size / 1e6).toFixed(1);
  for (const args of calls) {
    // A home that is empty, and stays so until the first `enqueue`.
    const env = { QUEUECTL_HOME: `${path}-${args[0]}-home` };
    measures[`${args[0]}, compiled with ${name} (${megabytes} MB)`] = () =>
      workshop.time(path, args, { env });
  }
  return measures;
}
