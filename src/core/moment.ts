import { instantAfter } from "./backoff.ts";
import type { Moment } from "./job.ts";

/** The instant that a moment means at `now`. */
export function instantOf(moment: Moment, now: number): number {
  return "at" in moment ? moment.at : instantAfter(now, moment.afterMs);
}
