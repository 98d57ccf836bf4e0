/** The expiry of a job: one of which no run has started by then is cancelled. Once a run has, it is of no matter. */

import type { Job, Moment } from "./job.ts";

/** Why a job is cancelled that has expired. */
export const expiredReason = "expired";

type MayExpire = Pick<Job, "state" | "runCount" | "expiresAt">;

/** When a job is cancelled if no run of it starts before, or null. */
export function expiryOf({ state, runCount, expiresAt }: MayExpire): number | null {
  return (state === "pending" || state === "blocked") && runCount === 0 ? expiresAt : null;
}

/** Whether a job may not start any more, though nobody has cancelled it yet. */
export function hasExpired(job: MayExpire, now: number): boolean {
  const at = expiryOf(job);
  return at !== null && at <= now;
}

/** Whether a job could never start, accepted at `now`. */
export function expiresTooSoon(
  { runAt, expiresAt }: { readonly runAt: number; readonly expiresAt: number | null },
  now: number,
): boolean {
  return expiresAt !== null && expiresAt <= Math.max(runAt, now);
}

/** The same as far as it can be told without the time: of two waits, or of two instants. */
export function isNeverAfter(expires: Moment, due: Moment): boolean {
  if ("at" in expires) return "at" in due && expires.at <= due.at;
  return "afterMs" in due && expires.afterMs <= due.afterMs;
}
