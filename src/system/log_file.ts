/** The log of background processes: one line an event, opened anew for each, so that rotation never loses a line. */

import { dirname, join } from "@std/path";
import type { Log } from "../core/ports.ts";
import { withFileLockSync } from "./file_lock.ts";

/** When a log has grown beyond this many bytes it is set aside. */
export const rotateAboveBytes = 5_000_000;
/** How many set-aside logs are kept: `queuectl.log.1` (newest) to `.3`. */
const keptLogs = 3;

/** Writes lines such as `2026-11-24T09:00:00.000Z worker w1: …`. Never throws: a log that cannot be written is lost. */
export function logFile(path: string, who: string, now: () => number): Log {
  return (line) => {
    try {
      makeFolder(dirname(path));
      rotateIfLong(path);
      const stamped = `${new Date(now()).toISOString()} ${who}: ${line.replaceAll("\n", "\n  ")}\n`;
      Deno.writeTextFileSync(path, stamped, { append: true, mode: 0o600 });
    } catch {
      // Nobody is left to tell.
    }
  };
}

/** Makes the folder of logs in a home that is there; a home that was removed stays removed. */
function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

function rotateIfLong(path: string): void {
  if (sizeOf(path) <= rotateAboveBytes) return;
  withFileLockSync(join(dirname(path), ".lock"), () => {
    if (sizeOf(path) <= rotateAboveBytes) return;
    for (let age = keptLogs; age > 0; age--) {
      const younger = age === 1 ? path : `${path}.${age - 1}`;
      if (sizeOf(younger) > 0) Deno.renameSync(younger, `${path}.${age}`);
    }
  });
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
