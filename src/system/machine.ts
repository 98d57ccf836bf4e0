/** The machine of one home, put together from its parts. */

import { join } from "@std/path";
import type { Machine } from "../core/ports.ts";
import { systemChance, systemClock } from "./clock.ts";
import { replaceFile } from "./config_file.ts";
import { withFileLock } from "./file_lock.ts";
import { readHostIdentity } from "./host_identity.ts";
import { inputFiles } from "./input_files.ts";
import { posixProcesses } from "./processes.ts";
import { runFiles } from "./run_files.ts";
import { selfLauncher } from "./self_launcher.ts";
import { systemVitals } from "./vitals.ts";
import { wakeFolder } from "./wake_folder.ts";
import { windowsProcesses } from "./windows_processes.ts";

export interface MachineOptions {
  /** The home's path, absolute. */
  readonly home: string;
  /** The URL of main.ts, for starting this program again from source. */
  readonly mainModule: string;
  readonly env: Readonly<Record<string, string>>;
}

export function realMachine({ home, mainModule, env }: MachineOptions): Machine {
  const host = remembered(readHostIdentity);
  const jobEnvironment = remembered(() => ({ ...withoutOurs(env), QUEUECTL_HOME: home }));
  return {
    clock: systemClock,
    chance: systemChance,
    host,
    processes: Deno.build.os === "windows"
      ? windowsProcesses(jobEnvironment)
      : posixProcesses(jobEnvironment),
    runs: runFiles(join(home, "runs")),
    inputs: inputFiles(join(home, "inputs")),
    wake: wakeFolder(join(home, "wake"), systemChance.fraction),
    self: selfLauncher(mainModule),
    vitals: systemVitals(home),
    pid: Deno.pid,
    home,
    async writePids(pids) {
      await withFileLock(join(home, ".workers.lock"), async () => {
        const lines = (await pids()).map((pid) => `${pid}\n`).join("");
        replaceFile(join(home, "workers.pid"), lines, systemChance.token(8));
      });
    },
    isStoreInPlace: storeWatch(join(home, "queue.sqlite")),
    isFolder,
  };
}

function remembered<T>(read: () => T): () => T {
  let value: { readonly of: T } | undefined;
  return () => (value ??= { of: read() }).of;
}

/**
 * Settings of ours mean nothing to a job, credentials of the store are none of its business, and the trace in which
 * somebody started a worker is not that of its jobs.
 */
function withoutOurs(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(QUEUECTL_|PG|TRACEPARENT$|TRACESTATE$)/.test(name)),
  );
}

/** Tells by the file's number whether it was removed or replaced. */
function storeWatch(path: string): () => boolean {
  const number = (): number | null => {
    try {
      return Deno.statSync(path).ino;
    } catch {
      return null;
    }
  };
  const first = remembered(number);
  return () => first() === number();
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
