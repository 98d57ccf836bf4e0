/** How long calls take by the flags that the program is compiled with; see .github/decisions/0002-build.md. */

import { fromFileUrl } from "@std/path";
import { build } from "../../scripts/build.ts";
import { bundle } from "../../scripts/bundle.ts";
import { programPermissions } from "../../src/system/self_launcher.ts";
import { findNativeLibrary } from "../support/native_library.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { compile } from "./compile.ts";
import { interleave, type Measures, medianRatio } from "./samples.ts";
import type { Workshop } from "./workshop.ts";

interface Variant {
  /** Whether the modules are bundled first. */
  readonly isBundled: boolean;
  /** What to add to `deno compile --no-check`. */
  readonly flags: readonly string[];
}

const variants: Readonly<Record<string, Variant>> = {
  "modules, code cache": { isBundled: false, flags: [] },
  "modules": { isBundled: false, flags: ["--no-code-cache"] },
  "code cache": { isBundled: true, flags: [] },
  "no code cache": { isBundled: true, flags: ["--no-code-cache"] },
  "max lazy": { isBundled: true, flags: ["--no-code-cache", "--v8-flags=--max-lazy"] },
  "no optimizing": { isBundled: true, flags: ["--no-code-cache", "--v8-flags=--no-opt"] },
  "single thread": { isBundled: true, flags: ["--no-code-cache", "--v8-flags=--single-threaded"] },
  "lite mode": { isBundled: true, flags: ["--no-code-cache", "--v8-flags=--lite-mode"] },
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
  const main = fromFileUrl(new URL("../../main.ts", import.meta.url));
  const bundled = await bundle(main, workshop.path("bundle"));
  for (const [name, { isBundled, flags }] of Object.entries(variants)) {
    await make(name, (output) => {
      const entry = isBundled ? bundled : main;
      return compile({ entry, isBundled, output, flags: [...programPermissions, ...flags] });
    });
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
