import type { Counts } from "../store/store.ts";

/** What there is to count where there is no store yet. */
export const noJobs: Counts = {
  byState: { pending: 0, blocked: 0, processing: 0, completed: 0, dead: 0, cancelled: 0 },
  failed: 0,
  delayed: 0,
  nextDueAt: null,
};
