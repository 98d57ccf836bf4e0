/** Ends the whole tree of a run: TERM, a grace, KILL, until it is proven gone. */

import type { Clock, JobProcesses, ProcessIdentity } from "../core/ports.ts";
import { sleep } from "./context.ts";

export interface TreeEnding {
  readonly identity: ProcessIdentity;
  readonly mark: string;
  /** Whether the wrapper has seen to the end of its command: then it is no part of the run any more. */
  readonly isWrapperDone: () => boolean;
  /** Milliseconds between TERM and KILL. */
  readonly graceMs: number;
  /** Asked between two looks; true gives up. */
  readonly abandoned?: () => boolean;
  /** Told once when processes outlive KILL: in the kernel, or another user's. */
  readonly onStubborn?: (pids: readonly number[]) => void;
}

/** How long after KILL processes may still be there before that is said. */
const stubbornAfterMs = 5_000;

/**
 * True when no process of the tree is left; false where it was abandoned. Who is there at the start gets one TERM;
 * what the command starts to clean up is left in peace until the grace is over.
 */
export async function endTree(processes: JobProcesses, clock: Clock, ending: TreeEnding): Promise<boolean> {
  const startedAt = clock.monotonic();
  let isWarned = false;
  let saidStubborn = false;
  for (let waitMs = 10;; waitMs = Math.min(waitMs * 2, 200)) {
    const alive = await lookAt(processes, ending);
    if (alive?.length === 0) return true;
    const elapsed = clock.monotonic() - startedAt;
    if (alive === null) {
      // What cannot be seen is not proven gone; it is looked at again.
    } else if (elapsed >= ending.graceMs) {
      processes.signalProcesses(alive, "SIGKILL");
    } else if (!isWarned) {
      processes.signalProcesses(alive, "SIGTERM");
      // One that was halted hears of it only when it goes on.
      processes.signalProcesses(alive, "SIGCONT");
      isWarned = true;
    }
    if (alive !== null && elapsed > ending.graceMs + stubbornAfterMs && !saidStubborn) {
      ending.onStubborn?.(alive);
      saidStubborn = true;
    }
    if (ending.abandoned?.()) return false;
    await sleep(waitMs);
  }
}

/** The living processes of the tree, or null where they could not be looked for just now. */
async function lookAt(processes: JobProcesses, ending: TreeEnding): Promise<number[] | null> {
  try {
    const tree = await processes.treeOf(ending.identity, ending.mark);
    return ending.isWrapperDone() ? tree.filter((pid) => pid !== ending.identity.pid) : tree;
  } catch {
    return null;
  }
}
