/** What the states of jobs are called, and what they mean: the six states, and those that wait for another attempt. */

import type { JobState } from "../api/types.ts";

export type ShownState = JobState | "failed";

/** In the order in which a job goes through them; what needs somebody comes last. */
export const shownStates: readonly ShownState[] = [
  "processing",
  "pending",
  "blocked",
  "completed",
  "cancelled",
  "failed",
  "dead",
];

export const stateWords: Readonly<Record<ShownState, { readonly name: string; readonly means: string }>> = {
  processing: { name: "Running", means: "has been taken by a worker" },
  pending: { name: "Pending", means: "waits for a worker, or until it is due" },
  blocked: { name: "Blocked", means: "waits for other jobs" },
  completed: { name: "Completed", means: "has ended well" },
  cancelled: { name: "Cancelled", means: "was not to run" },
  failed: { name: "Retrying", means: "has failed and waits for its next attempt" },
  dead: { name: "Dead", means: "is out of attempts and waits for somebody" },
};

/** A job as it is shown: pending with attempts behind it is one that is retried. */
export function shownState(
  { state, attempts }: { readonly state: JobState; readonly attempts: number },
): ShownState {
  return state === "pending" && attempts > 0 ? "failed" : state;
}
