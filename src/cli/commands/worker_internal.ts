/** The background processes: this program calls itself by these commands. */

import { messageOf, QueueError } from "../../core/errors.ts";
import { mostSlots } from "../../core/limits.ts";
import type { Settings } from "../../core/settings.ts";
import type { Log } from "../../core/ports.ts";
import { Supervisor } from "../../worker/supervisor.ts";
import { Worker } from "../../worker/worker.ts";
import type { Command } from "../command.ts";
import type { Flag } from "../flag.ts";
import type { Session } from "../session.ts";
import { numberOf, type ParsedWords, valueOf } from "../words.ts";
import { handOn, handOnStore, mostWorkers, workerSettings } from "./worker_flags.ts";

const concurrencyFlag: Flag = { name: "concurrency", placeholder: "N", help: "slots of each worker" };

interface SuperviseOptions {
  readonly id: string;
  readonly count: number;
  readonly concurrency: number;
}

export const workerSupervise: Command<SuperviseOptions> = {
  name: "worker supervise",
  summary: "the background supervisor",
  usage: ["--id ID --count N --concurrency N"],
  flags: [
    { name: "id", placeholder: "ID", help: "its id in the store" },
    { name: "count", placeholder: "N", help: "how many workers" },
    concurrencyFlag,
  ],
  settings: workerSettings,
  examples: [],
  permissions: ["read", "write", "run", "sys", "env"],
  usesStore: true,
  parse: (words) => ({
    id: valueOf(words, "id") ?? "",
    count: numberOf(words, "count", { from: 1, to: mostWorkers, command: "worker supervise" }) ?? 1,
    concurrency: slots(words),
  }),
  run({ id, count, concurrency }, session) {
    const log = session.home.log(`supervisor ${id}`);
    return logged(log, async () => {
      const machine = session.home.machine();
      const workerArgs = ["worker", "process", `--supervisor=${id}`, ...handOn(session, concurrency)];
      const supervisor = new Supervisor({
        store: await session.store(),
        machine,
        log,
        id,
        count,
        workerArgs,
        workerEnvironment: handOnStore(session),
      });
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        session.world.onSignal(signal, () => void supervisor.stop("drain"));
      }
      session.world.onSignal(
        "SIGHUP",
        () => log("ignoring SIGHUP: a background process has no terminal to lose"),
      );
      await supervisor.run();
    });
  },
};

interface ProcessOptions {
  readonly supervisorId: string | null;
  readonly concurrency: number;
}

export const workerProcess: Command<ProcessOptions> = {
  name: "worker process",
  summary: "one worker of a supervisor",
  usage: ["--supervisor ID --concurrency N"],
  flags: [{ name: "supervisor", placeholder: "ID", help: "whose worker it is" }, concurrencyFlag],
  settings: workerSettings,
  examples: [],
  permissions: ["read", "write", "run", "sys", "env"],
  // Traces and logs are sent.
  otherPermissions: (_, { world }) => world.variable("OTEL_DENO") === undefined ? [] : ["net"],
  usesStore: true,
  parse: (words) => ({ supervisorId: valueOf(words, "supervisor") ?? null, concurrency: slots(words) }),
  run(options, session) {
    const machine = session.home.machine();
    const log = session.home.log(`worker ${machine.pid}`);
    return logged(log, async () => {
      const telemetry = await session.world.telemetry(log);
      const worker = await Worker.create({
        store: await session.store(),
        machine,
        settings: session.settings,
        currentSettings: currentSettings(session, log),
        log,
        telemetry,
        version: session.world.version.program,
        ...options,
      });
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        session.world.onSignal(signal, () => worker.stop("drain"));
      }
      session.world.onSignal(
        "SIGHUP",
        () => log("ignoring SIGHUP: a background process has no terminal to lose"),
      );
      log(`started as ${worker.id} with ${options.concurrency} slot(s)`);
      await worker.run();
      await telemetry?.close();
    });
  },
};

function slots(words: ParsedWords): number {
  return numberOf(words, "concurrency", { from: 1, to: mostSlots, command: "worker process" }) ?? 1;
}

/** Nobody reads a background process's stderr: what ends it goes into the log. */
async function logged(log: Log, body: () => Promise<void>): Promise<number> {
  globalThis.addEventListener("unhandledrejection", ({ reason }) => log(`fails: ${textOf(reason)}`));
  globalThis.addEventListener("error", ({ error }) => log(`fails: ${textOf(error)}`));
  try {
    await body();
    return 0;
  } catch (error) {
    log(`ended: ${textOf(error)}`);
    return 1;
  }
}

/** A refusal by its message, a programmer's mistake by its stack. */
function textOf(error: unknown): string {
  if (error instanceof QueueError || !(error instanceof Error)) return messageOf(error);
  return error.stack ?? error.message;
}

/**
 * For how long a look at config.json holds, in milliseconds: less than any two calls of the program take that change
 * it and enqueue a job.
 */
const settingsHoldMs = 20;

/** The settings as they are now: read again when config.json has changed; what is broken is said once and not used. */
function currentSettings(session: Session, log: Log): () => Settings {
  let current = session.settings;
  let readAt = session.home.config.changedAt();
  let lookedAt = performance.now();
  return () => {
    if (performance.now() - lookedAt < settingsHoldMs) return current;
    lookedAt = performance.now();
    try {
      const changedAt = session.home.config.changedAt();
      if (changedAt === readAt) return current;
      readAt = changedAt;
      current = session.home.settings(session.settingFlags).values;
    } catch (error) {
      log(`${messageOf(error)}; the settings stay as they were`);
    }
    return current;
  };
}
