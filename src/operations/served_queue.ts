/** The queue that a server shows, as long as it runs. */

import type { Machine } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import type { Store } from "../store/store.ts";

export interface ServedQueue {
  /** Whether nothing of it may be changed. */
  readonly isReadOnly: boolean;
  /** The store; null where there is none yet and nothing may be changed. Throws `StoreUnavailable`. */
  store(): Promise<Store | null>;
  readonly machine: Machine;
  /** As they are now. */
  settings(): Settings;
  /** The folder in which jobs run that name none, absolute; paths of jobs begin there. */
  readonly folder: string;
  readonly resolvePath: (path: string) => string;
  /** Where the store is, as it may be shown. */
  readonly location: string;
  readonly version: string;
}
