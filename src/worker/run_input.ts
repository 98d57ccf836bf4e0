/** What a run reads from its standard input: brought from the store into a file beside the run's others. */

import type { Claimed } from "../store/store.ts";
import type { WorkerContext } from "./context.ts";
import { persist } from "./persist.ts";

/** It is not where it was kept, so the job cannot be run as it was meant. */
export class InputGone extends Error {}

/** The path of a run's input, or null where it has none. Waits for a store that is away. */
export async function prepareInput(
  { store, machine, trouble }: WorkerContext,
  { job }: Claimed,
  base: string,
): Promise<string | null> {
  if (job.stdinBytes === null) return null;
  const input = await persist(trouble, "reading the input of a job", () => store.input(job.seq));
  if (input === null) throw new InputGone("its standard input is not in the store");
  if ("content" in input) return machine.runs.writeInput(base, input.content);
  const path = machine.inputs.find(input.file);
  if (path === null) {
    throw new InputGone(`its standard input is gone from ${machine.home}/inputs/${input.file}`);
  }
  return path;
}
