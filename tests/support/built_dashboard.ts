/** The dashboard for tests that look at it: built where it is not there as its sources have it. */

import { ensureDashboard } from "../../scripts/build_dashboard.ts";

let building: Promise<void> | undefined;

/** Call it before a server starts, since servers read the dashboard once. */
export function builtDashboard(): Promise<void> {
  return building ??= ensureDashboard();
}
