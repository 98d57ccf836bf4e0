/** All scenarios of the fault suite, in the order in which they run. A new one is added here and nowhere else. */

import { clockSteps } from "./clock_steps.ts";
import { crashCopies } from "./crash_copies.ts";
import { enqueuers } from "./enqueuers.ts";
import { faketime } from "./faketime.ts";
import { fullDisk } from "./full_disk.ts";
import { fuzz } from "./fuzz.ts";
import { limits } from "./limits.ts";
import { lockedStore } from "./locked_store.ts";
import { manyWorkers } from "./many_workers.ts";
import { nthCall } from "./nth_call.ts";
import { pausedWorkers } from "./paused_workers.ts";
import { postgresStorm } from "./postgres_storm.ts";
import type { Scenario } from "./scenario.ts";
import { soak } from "./soak.ts";
import { storm } from "./storm.ts";

export const scenarios: readonly Scenario[] = [
  storm,
  postgresStorm,
  pausedWorkers,
  enqueuers,
  crashCopies,
  nthCall,
  lockedStore,
  fullDisk,
  manyWorkers,
  clockSteps,
  faketime,
  fuzz,
  limits,
  soak,
];
