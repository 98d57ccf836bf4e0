/** Store calls that must succeed in the end: repeated while the store is unavailable, which is said once. */

import { messageOf, StoreUnavailable } from "../core/errors.ts";
import { sleep, type WorkerContext } from "./context.ts";

/** The longest wait between two tries, in milliseconds. */
const longestWaitMs = 5_000;

/** Calls until the store answers. Errors of other kinds are thrown at once. */
export async function persist<T>(
  context: Pick<WorkerContext, "log">,
  what: string,
  call: () => Promise<T>,
): Promise<T> {
  for (let waitMs = 100, tries = 1;; waitMs = Math.min(2 * waitMs, longestWaitMs), tries++) {
    try {
      const result = await call();
      if (tries > 1) context.log(`${what}: the store answers again`);
      return result;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      if (tries === 1) context.log(`${what}: ${messageOf(error)}; trying again until the store answers`);
      await sleep(waitMs);
    }
  }
}
