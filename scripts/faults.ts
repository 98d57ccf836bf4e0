/**
 * Breaks the program on purpose and looks whether its promises hold:
 *
 *     deno task faults [--seconds N] [--seed S] [--only NAME,…] [--binary PATH] [--json]
 *
 * Prints the seed first, for each scenario what it broke and checked and how often, and a summary. A failure says
 * how to repeat it and where its files are; then the exit code is 1. The program is compiled for it, unless
 * `--binary` or `QUEUECTL_TEST_BINARY` names one. Needs -A, since it reads /proc.
 */
import { join } from "@std/path";
import { messageOf } from "../src/core/errors.ts";
import { conduct } from "../tests/faults/conduct.ts";
import { FaultUsageError, planFaults, type Planned, readFaultOptions } from "./fault_options.ts";
import { formatSummary, formatVerdict, replayCommand, type Reported, toJson } from "./fault_report.ts";
import { choosePackages } from "./packages.ts";
import { prepareTestProgram } from "./test_program.ts";

type Support = typeof import("../tests/support/program.ts");

interface Suite {
  /** Where each scenario gets a folder of its own. */
  readonly folder: string;
  readonly seed: number;
  readonly support: Support;
}

/** Runs one scenario with all its temporary folders in one place, which is kept where it fails. */
async function runOne({ scenario, seconds }: Planned, suite: Suite): Promise<Reported> {
  const folder = join(suite.folder, scenario.name);
  await Deno.mkdir(folder);
  Deno.env.set("TMPDIR", folder);
  say(`${scenario.name}: ${scenario.summary}`);
  const verdict = await conduct(scenario, {
    seed: suite.seed,
    seconds,
    size: "long",
    say: (line) => say(`  ${line}`),
  });
  await suite.support.killWhoCarries(folder);
  const isKept = verdict.result === "failed";
  if (!isKept) await Deno.remove(folder, { recursive: true });
  return { ...verdict, replay: replayCommand(verdict, suite.seed), folder: isKept ? folder : null };
}

function say(line: string): void {
  console.error(line);
}

/** Nothing that was started for the suite survives it, also when it is broken off. */
function cleanUpOnSignals(folder: string, support: Support): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, async () => {
      await support.killWhoCarries(folder);
      await Deno.remove(folder, { recursive: true }).catch(() => {});
      Deno.exit(signal === "SIGINT" ? 130 : 143);
    });
  }
}

async function runAll(args: readonly string[], folder: string): Promise<number> {
  const options = readFaultOptions(args, () => crypto.getRandomValues(new Uint32Array(1))[0]!);
  if (options.binary !== null) Deno.env.set("QUEUECTL_TEST_BINARY", await Deno.realPath(options.binary));
  const packages = await choosePackages();
  const program = await prepareTestProgram(packages, folder);
  if ("path" in program) Deno.env.set("QUEUECTL_TEST_BINARY", program.path);
  else say(`The program runs from source, since it cannot be compiled: ${program.problem}`);
  Deno.env.set("QUEUECTL_TEST_KEEP", "1");
  // These look for the program as they are loaded.
  const support = await import("../tests/support/program.ts");
  const { scenarios } = await import("../tests/faults/scenarios.ts");
  const planned = planFaults(scenarios, options);
  cleanUpOnSignals(folder, support);
  say(`Seed ${options.seed}`);
  const reported: Reported[] = [];
  for (const each of planned) {
    const one = await runOne(each, { folder, seed: options.seed, support });
    if (!options.json) console.log(formatVerdict(one));
    reported.push(one);
  }
  if (options.json) console.log(JSON.stringify(toJson(reported, options.seed), null, 2));
  else console.log(formatSummary(reported, options.seed));
  return reported.some((each) => each.result === "failed") ? 1 : 0;
}

async function main(): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "queuectl-faults-" });
  let code = 1;
  try {
    code = await runAll(Deno.args, folder);
  } catch (error) {
    console.error(error instanceof FaultUsageError ? error.message : messageOf(error));
    code = error instanceof FaultUsageError ? 2 : 1;
    await Deno.remove(folder, { recursive: true });
  }
  if (code === 0) await Deno.remove(folder, { recursive: true });
  return code;
}

if (import.meta.main) Deno.exit(await main());
