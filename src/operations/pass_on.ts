import { StoreUnavailable } from "../core/errors.ts";
import type { Machine } from "../core/ports.ts";
import type { PassedOn, Store } from "../store/store.ts";

/** Passes a batch of ends on to those that wait for them, and wakes who has to do with it. */
export async function passOnSome(store: Store, machine: Pick<Machine, "wake">): Promise<PassedOn> {
  const passed = await store.passOnEnds();
  // Which of them offers the tags that they need, nobody here knows.
  if (passed.opened > 0) machine.wake.wakeIdle(Infinity);
  if (passed.ended > 0) machine.wake.wakeWaiters();
  return passed;
}

/**
 * Passes on all that there is, after a change that somebody asked for and that is made. Should the store not serve any
 * more, workers go on with it.
 */
export async function passOnAll(store: Store, machine: Pick<Machine, "wake">): Promise<void> {
  try {
    while ((await passOnSome(store, machine)).hasMore);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
  }
}
