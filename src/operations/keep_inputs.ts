import { InputTooLarge } from "../core/errors.ts";
import { type GivenInput, isLarge, partsOf, type StoredInput } from "../core/job_input.ts";
import type { Machine } from "../core/ports.ts";
import type { Store } from "../store/store.ts";

/** For how long a file that belongs to no job may belong to one that is just being accepted, in milliseconds. */
const unclaimedMs = 86_400_000;

export interface WithInput {
  readonly id: string | null;
  readonly input: GivenInput | null;
}

/**
 * Makes what jobs are to read ready for the store: a file where it is large, durable when this returns. Throws
 * `InputTooLarge` where other hosts could not read that; no file is left then.
 */
export async function keepInputs(
  store: Store,
  machine: Pick<Machine, "chance" | "clock" | "inputs">,
  requests: readonly WithInput[],
): Promise<(StoredInput | null)[]> {
  const tooLarge = requests.findIndex(({ input }) => input !== null && isLarge(input));
  if (tooLarge !== -1) {
    if (store.info.isShared) throw new InputTooLarge(requests[tooLarge]!.id, tooLarge);
    await sweepInputs(store, machine);
  }
  const kept: (StoredInput | null)[] = [];
  try {
    for (const { input } of requests) {
      if (input === null || !isLarge(input)) kept.push(input === null ? null : { content: input.head });
      else {
        const file = machine.chance.token(16);
        kept.push({ file, bytes: await machine.inputs.keep(file, partsOf(input)) });
      }
    }
    return kept;
  } catch (error) {
    dropInputs(machine, kept);
    throw error;
  }
}

/** Removes the files of jobs that were not accepted. */
export function dropInputs(machine: Pick<Machine, "inputs">, kept: readonly (StoredInput | null)[]): void {
  for (const input of kept) if (input !== null && "file" in input) machine.inputs.remove(input.file);
}

/** Removes files that belong to no job: of calls that were killed, and of removed jobs. Returns how many. */
export async function sweepInputs(
  store: Store,
  { clock, inputs }: Pick<Machine, "clock" | "inputs">,
): Promise<number> {
  // It knows nothing of the file store that the home may hold as well.
  if (store.info.isShared) return 0;
  const old = inputs.olderThan(clock.now() - unclaimedMs);
  if (old.length === 0) return 0;
  const wanted = new Set(await store.inputFiles());
  const unwanted = old.filter((name) => !wanted.has(name));
  for (const name of unwanted) inputs.remove(name);
  return unwanted.length;
}
