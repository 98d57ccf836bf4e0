/** What the end of a job means for those that wait for it (its children). */

import { type AwaitedEnd, isFinal, type Job, type JobState } from "./job.ts";

/** Of a dependency: its parent has not ended, has ended as was waited for, or can no longer do so. */
export type DependencyState = "open" | "met" | "broken";

export interface Link {
  readonly parentSeq: number;
  readonly childSeq: number;
  readonly awaits: AwaitedEnd;
}

type Parent = Pick<Job, "id" | "state">;
type Child = Pick<Job, "seq" | "state" | "openParents" | "brokenBy">;

/** A child as it is after its parents have ended, or are to run after all. */
export interface ChildStep {
  readonly state: JobState;
  readonly openParents: number;
  readonly brokenBy: number | null;
  /** Why it is cancelled; null where that does not change. */
  readonly reason: string | null;
}

export function verdictOf(awaits: AwaitedEnd, parent: JobState): DependencyState {
  if (!isFinal(parent)) return "open";
  return awaits === "ended" || awaits === parent ? "met" : "broken";
}

/** Why a job is cancelled that waited for another one in vain. */
export function brokenReason({ id, state }: Parent): string {
  return `job ${id}, which it waited for, ${state === "cancelled" ? "was cancelled" : `is ${state}`}`;
}

/** Where a child goes when some of its parents have ended; `ended` are its open dependencies on them. */
export function afterParents(
  child: Child,
  ended: readonly Link[],
  parents: ReadonlyMap<number, Parent>,
): ChildStep {
  const openParents = child.openParents - ended.length;
  const stays = { state: child.state, openParents, brokenBy: child.brokenBy, reason: null };
  // What was cancelled before is only counted down.
  if (child.state !== "blocked") return stays;
  const broken = ended.find(({ awaits, parentSeq }) =>
    verdictOf(awaits, parents.get(parentSeq)!.state) === "broken"
  );
  if (broken !== undefined) {
    const reason = brokenReason(parents.get(broken.parentSeq)!);
    return { ...stays, state: "cancelled", brokenBy: broken.parentSeq, reason };
  }
  return openParents === 0 ? { ...stays, state: "pending" } : stays;
}

/**
 * Where a child goes when `reopened` of its parents are to run after all. `broken` is one of those that still keep it
 * from running, or null.
 */
export function afterRevival(
  child: Child,
  reopened: number,
  broken: (Parent & { readonly seq: number }) | null,
): ChildStep {
  const openParents = child.openParents + reopened;
  const stays = { state: child.state, openParents, brokenBy: child.brokenBy, reason: null };
  // Cancelled by request, it stays so; `retry` lets it wait again.
  if (child.state !== "cancelled" || child.brokenBy === null) return stays;
  if (broken === null) return { ...stays, state: "blocked", brokenBy: null };
  return { ...stays, brokenBy: broken.seq, reason: brokenReason(broken) };
}
