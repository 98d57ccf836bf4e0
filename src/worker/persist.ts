/** Store calls that must succeed in the end: repeated while the store is unavailable, which is said once. */

import { StoreUnavailable } from "../core/errors.ts";
import { sleep } from "./context.ts";
import type { Trouble } from "./trouble.ts";

/** The longest wait between two tries, in milliseconds. */
const longestWaitMs = 5_000;

/** Calls until the store answers. Errors of other kinds are thrown at once. */
export async function persist<T>(
  trouble: Trouble,
  what: string,
  call: () => Promise<T>,
): Promise<T> {
  for (let waitMs = 100;; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    try {
      const result = await call();
      trouble.over(what);
      return result;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) {
        trouble.over(what);
        throw error;
      }
      trouble.met(what, error);
      await sleep(waitMs);
    }
  }
}
