/** Waits for the end of a run that another worker has started, by what it leaves on disk and by its wrapper. */

import type { Machine, ProcessEnd, ProcessIdentity } from "../core/ports.ts";
import { sleep } from "./context.ts";

/** How often the exit file and the wrapper are looked at, in milliseconds. */
const lookMs = 250;
/** A pid that exists may be another process's by now, or a zombie's. Telling costs a shell, so only each so many looks. */
const looksPerIdentification = 8;

export interface FollowedRun {
  readonly base: string;
  /** The wrapper; null where its identity file is empty, so that it cannot be told whether it lives. */
  readonly wrapper: ProcessIdentity | null;
  /** Asked at each look; true ends the following. */
  readonly isLetGo: () => boolean;
}

/** The end; its code is null where the wrapper is gone and has left none. Throws where its files cannot be read. */
export async function followRun(machine: Machine, run: FollowedRun): Promise<ProcessEnd> {
  for (let looks = 0; !run.isLetGo(); looks++) {
    // In this order: a wrapper that is gone has written before all that it ever will.
    const isThere = run.wrapper !== null &&
      await isAlive(machine, run.wrapper, looks % looksPerIdentification === 0);
    const { exitCode } = machine.runs.evidence(run.base);
    if (exitCode !== null || !isThere) return { code: exitCode, signal: null };
    await sleep(lookMs);
  }
  return { code: null, signal: null };
}

async function isAlive(machine: Machine, wrapper: ProcessIdentity, surely: boolean): Promise<boolean> {
  if (!machine.processes.exists(wrapper.pid)) return false;
  return !surely || (await machine.processes.identify(wrapper.pid))?.start === wrapper.start;
}
