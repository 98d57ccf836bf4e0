import { messageOf, QueueError } from "../../core/errors.ts";
import { type Check, type Finding, fine } from "../../core/finding.ts";
import { diagnose } from "../../operations/diagnose.ts";
import { settingNames, settingValue } from "../../core/settings.ts";
import { isServerAddress } from "../../core/store_address.ts";
import type { Store } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { type Paint, paint } from "../paint.ts";
import type { Session } from "../session.ts";
import { visible } from "../table.ts";
import { noOperands } from "../words.ts";

export const doctor: Command<{ readonly mustMend: boolean }> = {
  name: "doctor",
  summary: "look whether all is well, and what to do where it is not",
  usage: ["[--fix] [--json]"],
  details: [
    "Looks at the home and its modes, the settings, the store (its driver, schema, integrity and counters), workers against " +
    "their processes, runs that nobody holds, queues that hold jobs back, jobs that no worker could ever take, file " +
    "watchers, disk space and the clock. Ends with 1 where there is a problem; a warning is none.",
    "--fix does what can do no harm: takes from others the access to the home, makes counters right, takes off the list " +
    "workers and supervisors of this host whose processes are gone, and brings an older schema up to date.",
  ],
  flags: [{ name: "fix", help: "mend what can be mended without harm" }, jsonFlag],
  examples: [
    { line: "queuectl doctor", does: "says what is wrong, and what to type" },
    { line: "queuectl doctor --fix", does: "mends what is safe to mend" },
    { line: "queuectl doctor --json | jq '.checks[] | select(.status != \"ok\")'", does: "for scripts" },
  ],
  permissions: ["read", "write", "run", "sys"],
  usesStore: true,
  parse(words, session) {
    noOperands(words, "doctor");
    // A wrong flag is the caller's mistake; what is wrong in config.json is for the findings.
    for (const name of settingNames) {
      const text = session.settingFlags[name];
      if (text !== undefined) settingValue(name, text, `--${name.replaceAll("_", "-")}`);
    }
    return { mustMend: words.switches.has("fix") };
  },
  async run({ mustMend }, session) {
    const mended: string[] = [];
    const wasUsable = examineHome(session).isUsable;
    const examineAll = () => examine(session, { mustMend, wasUsable });
    let findings = await examineAll();
    if (mustMend) {
      // The first ones may be in the way of seeing others: a home that is open to others is not looked into.
      for (let rounds = 0; rounds < 3; rounds++) {
        const open = findings.filter(({ mend }) => mend !== undefined);
        if (open.length === 0) break;
        for (const finding of open) {
          await finding.mend!();
          mended.push(finding.found);
        }
        findings = await examineAll();
      }
    }
    const isHealthy = findings.every(({ status }) => status !== "problem");
    if (session.json) session.printJson(doctorJson(findings, { isHealthy, mended }));
    else {
      for (const found of mended) session.say(`Mended: ${found}`);
      session.print(text(findings, session));
      session.say(summary(findings));
    }
    return isHealthy ? 0 : 1;
  },
};

async function examine(
  session: Session,
  { mustMend, wasUsable }: { readonly mustMend: boolean; readonly wasUsable: boolean },
): Promise<Finding[]> {
  const { found, isUsable } = examineHome(session);
  if (!isUsable) return found;
  try {
    session.resolved;
    found.push(fine("settings", `config.json and variables are right (${session.home.config.path})`));
  } catch (error) {
    return [...found, failed("settings", error)];
  }
  if (!wasUsable && isServerAddress(session.settings.store)) {
    // Nobody knew that when permissions were given away.
    const fix = session.commandLine("doctor");
    return [...found, {
      check: "store",
      status: "warning",
      found: "not looked at, since the home was not usable",
      fix,
    }];
  }
  try {
    const store = await openStore(session, mustMend);
    if (store === null) return [...found, fine("store", "there is none yet; the first job makes it")];
    const options = { commandLine: (words: string) => session.commandLine(words) };
    return [...found, ...await diagnose(store, session.home.machine(), options)];
  } catch (error) {
    return [...found, failed("store", error)];
  }
}

function examineHome(session: Session): { readonly found: Finding[]; readonly isUsable: boolean } {
  const modes = session.world.homeModes(session.homeFlag);
  const where = `${modes.path} (${modes.foundBy})`;
  const loose = modes.loose.map(({ path, mode, wanted }): Finding => ({
    check: "home",
    // What lies in a home that is closed to others is out of their reach.
    status: path === modes.path ? "problem" : "warning",
    found: `others have access to ${path} (mode ${mode.toString(8)})`,
    fix: `chmod ${wanted.toString(8)} ${path}`,
  }));
  const [first, ...others] = loose;
  if (first !== undefined) {
    // One call mends all of them.
    const found = [{ ...first, mend: () => modes.tighten() }, ...others];
    if (modes.loose[0]!.path === modes.path) return { found, isUsable: false };
    return { found, isUsable: true };
  }
  try {
    session.home;
  } catch (error) {
    return { found: [failed("home", error)], isUsable: false };
  }
  return {
    found: [fine("home", modes.isThere ? `${where}, nobody else has access` : `${where}, not made yet`)],
    isUsable: true,
  };
}

/** Null where there is none. What is to be mended is opened for writing, which brings its schema up to date. */
async function openStore(session: Session, mustMend: boolean): Promise<Store | null> {
  if (!mustMend) return await session.readStore();
  try {
    if (await session.readStore() === null) return null;
    await session.close();
  } catch (error) {
    if (!(error instanceof QueueError)) throw error;
  }
  return await session.store();
}

function failed(check: Check, error: unknown): Finding {
  if (!(error instanceof QueueError)) throw error;
  return { check, status: "problem", found: messageOf(error), fix: error.hint ?? null };
}

function doctorJson(
  findings: readonly Finding[],
  { isHealthy, mended }: { readonly isHealthy: boolean; readonly mended: readonly string[] },
) {
  return {
    healthy: isHealthy,
    mended,
    checks: findings.map(({ check, status, found, fix }) => ({ check, status, found, fix })),
  };
}

const colours: Readonly<Record<Finding["status"], Paint>> = {
  ok: "green",
  warning: "yellow",
  problem: "red",
};

function text(findings: readonly Finding[], session: Session): string {
  const { stdout } = session.world;
  return findings.flatMap(({ check, status, found, fix }) => [
    `${paint(stdout, colours[status], status.padEnd(8))} ${check.padEnd(10)}${visible(found)}`,
    ...(fix === null ? [] : [`${" ".repeat(19)}Fix: ${fix}`]),
  ]).join("\n");
}

function summary(findings: readonly Finding[]): string {
  const count = (status: Finding["status"]) => findings.filter((finding) => finding.status === status).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  if (problems + warnings === 0) return "All is well.";
  const plural = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  return `${plural(problems, "problem")}, ${plural(warnings, "warning")}.`;
}
