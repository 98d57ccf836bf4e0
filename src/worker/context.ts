/** What the parts of one worker share. */

import type { HostIdentity } from "../core/host.ts";
import type { Log, Machine } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import type { Telemetry } from "../core/telemetry.ts";
import type { Store } from "../store/store.ts";
import type { Trouble } from "./trouble.ts";

export interface WorkerContext {
  readonly store: Store;
  readonly machine: Machine;
  readonly host: HostIdentity;
  readonly log: Log;
  /** Into the log of this host alone: what a span tells already. */
  readonly logHere: Log;
  /** Who is told of traces and logs, or null. */
  readonly telemetry: Telemetry | null;
  /** What goes wrong again and again is said through this. */
  readonly trouble: Trouble;
  /** As they were when the worker started: lease, heartbeat, poll interval. */
  readonly settings: Settings;
  /** As they are now: what a run or a retry takes up. */
  readonly currentSettings: () => Settings;
  /** Its id in the store; a worker that lost its registration comes back under a new one. */
  workerId: string;
}

/** Milliseconds later. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
