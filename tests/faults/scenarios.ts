/** All scenarios of the fault suite, in the order in which they run. A new one is added here and nowhere else. */

import { enqueuers } from "./enqueuers.ts";
import { faketime } from "./faketime.ts";
import { fullDisk } from "./full_disk.ts";
import { manyWorkers } from "./many_workers.ts";
import { pausedWorkers } from "./paused_workers.ts";
import type { Scenario } from "./scenario.ts";
import { soak } from "./soak.ts";
import { storm } from "./storm.ts";

export const scenarios: readonly Scenario[] = [
  storm,
  pausedWorkers,
  enqueuers,
  fullDisk,
  manyWorkers,
  faketime,
  soak,
];
