/**
 * Lets a worker claim nothing while its machine has too much to do (`max_load`) or too little memory (`min_memory`).
 * Its row says why as long as that lasts.
 */

import { formatSize } from "../core/duration.ts";
import type { Vitals } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import type { WorkerContext } from "./context.ts";

/** How long a look at the machine holds, in milliseconds. */
const lookEveryMs = 1000;

type Held = Pick<Settings, "max_load" | "min_memory">;

export class HostGate {
  readonly #context: WorkerContext;
  #lookedAt = -Infinity;
  #held: { readonly by: keyof Held; readonly text: string } | null = null;
  /** What the worker's row says, and under which id. */
  #written: { readonly workerId: string; readonly text: string | null } | null = null;
  #isWriting = false;

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  /** `now` is monotonic. */
  isOpen(now: number): boolean {
    if (now - this.#lookedAt >= lookEveryMs) {
      this.#lookedAt = now;
      this.#look();
    }
    return this.#held === null;
  }

  #look(): void {
    const { machine, currentSettings, log } = this.#context;
    const found = heldBy(currentSettings(), machine.vitals);
    // The figures change all the time; what is said stays until there is another reason.
    if (found?.by !== this.#held?.by) {
      this.#held = found;
      log(found === null ? "claims jobs again" : `claims nothing for now: ${found.text}`);
    }
    this.#write();
  }

  #write(): void {
    const { store, workerId } = this.#context;
    const text = this.#held?.text ?? null;
    const said = this.#written?.workerId === workerId ? this.#written.text : null;
    if (said === text || this.#isWriting) return;
    this.#isWriting = true;
    store.setHeld(workerId, text)
      .then(() => this.#written = { workerId, text })
      // The next look tries again.
      .catch(() => {})
      .finally(() => this.#isWriting = false);
  }
}

function heldBy(
  { max_load, min_memory }: Held,
  vitals: Vitals,
): { readonly by: keyof Held; readonly text: string } | null {
  const load = max_load === null ? null : vitals.load();
  if (load !== null && load > max_load!) {
    return { by: "max_load", text: `its load is ${load.toFixed(2)}, above max_load ${max_load}` };
  }
  const memory = min_memory === null ? null : vitals.availableMemory();
  if (memory !== null && memory < min_memory!) {
    const free = `${Math.floor(memory / 1e6)}MB`;
    return {
      by: "min_memory",
      text: `its available memory is ${free}, below min_memory ${formatSize(min_memory!)}`,
    };
  }
  return null;
}
