/** Commands that wait for a test: until it opens a gate, which is a file. */

import type { TestQueue } from "./program.ts";

/** A command that says that it has begun, then waits, then says that it goes on. */
export function waitingCommand(queue: TestQueue, gate: string): string {
  return `echo begun; while [ ! -e '${queue.path(gate)}' ]; do sleep 0.05; done; echo over`;
}

export async function openGate(queue: TestQueue, gate: string): Promise<void> {
  await Deno.writeTextFile(queue.path(gate), "");
}
