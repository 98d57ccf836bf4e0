import type { Store } from "../../src/store/store.ts";
import type { FixedClock } from "../support/fixed_clock.ts";

/** What a test of the contract is given. */
export interface Stage {
  readonly store: Store;
  readonly clock: FixedClock;
  /** The same store, opened once more. */
  readonly another: () => Promise<Store>;
}

/** Defines a test of one promise. */
export type Promised = (what: string, body: (stage: Stage) => Promise<void>) => void;
