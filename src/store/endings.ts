/** What a settlement writes of a run's end, in the order of parameters that the adapters share. */

import type { RunEnding } from "../core/run.ts";

/** outcome, exit_code, signal, error, pid, start_identity, stdout_bytes and stderr_bytes. */
export function endingValues(ending: RunEnding): (string | number | null)[] {
  return [
    ending.outcome,
    ending.exitCode,
    ending.signal,
    ending.error,
    ending.pid,
    ending.startIdentity,
    ending.stdout?.bytes ?? 0,
    ending.stderr?.bytes ?? 0,
  ];
}
