/** How the jobs of a batch begin that wait for others, of the batch or stored before. */

import { orderByDependencies } from "./dependency_order.ts";
import { DependencyCycle, UnknownParent } from "./errors.ts";
import type { AwaitedEnd, JobState, NewJob } from "./job.ts";
import { brokenReason, type DependencyState, verdictOf } from "./passed_ends.ts";

export interface PlannedLink {
  readonly parentId: string;
  readonly awaits: AwaitedEnd;
  readonly state: DependencyState;
}

export interface PlannedStart {
  readonly state: "pending" | "blocked" | "cancelled";
  readonly openParents: number;
  /** The id of the parent whose end cancels it at once, and why; or null. */
  readonly brokenBy: string | null;
  readonly reason: string | null;
  readonly links: readonly PlannedLink[];
}

type Waiting = Pick<NewJob, "id" | "after">;

/** Whether any job of a batch waits for another one. */
export function hasDependencies(jobs: readonly Pick<NewJob, "after">[]): boolean {
  return jobs.some(({ after }) => after.length > 0);
}

/** The ids of parents that must be stored already, each once. */
export function storedParents(jobs: readonly Waiting[]): readonly string[] {
  const own = new Set(jobs.map(({ id }) => id));
  const parents = new Set(jobs.flatMap(({ after }) => after.map(({ parentId }) => parentId)));
  return [...parents].filter((id) => !own.has(id));
}

/**
 * By their places in the batch, how those begin that wait for others. `stored` has the states of the parents that are
 * stored. Throws `UnknownParent` and `DependencyCycle`.
 */
export function planDependencies(
  jobs: readonly Waiting[],
  stored: ReadonlyMap<string, JobState>,
): ReadonlyMap<number, PlannedStart> {
  const found = orderByDependencies(jobs);
  if (found.cycle !== null) throw cycleError(jobs, found.cycle);
  const states = new Map<string, JobState>(stored);
  for (const { id } of jobs) states.set(id, "pending");
  const plan = new Map<number, PlannedStart>();
  for (const place of found.order) {
    const job = jobs[place]!;
    if (job.after.length === 0) continue;
    const start = startOf(job, place, states);
    states.set(job.id, start.state);
    plan.set(place, start);
  }
  return plan;
}

/** Refuses a batch that waits for itself, as far as that can be told without the store. */
export function refuseCycle(jobs: Parameters<typeof orderByDependencies>[0]): void {
  const { cycle } = orderByDependencies(jobs);
  // What is in a cycle has an id, by which another one waits for it.
  if (cycle !== null) throw cycleError(jobs as readonly Waiting[], cycle);
}

function cycleError(jobs: readonly Pick<NewJob, "id">[], cycle: readonly number[]): DependencyCycle {
  const ids = cycle.map((place) => jobs[place]!.id);
  return new DependencyCycle(ids, cycle[0]!);
}

function startOf(job: Waiting, place: number, states: ReadonlyMap<string, JobState>): PlannedStart {
  const links = job.after.map(({ parentId, awaits }): PlannedLink => {
    const state = states.get(parentId);
    if (state === undefined) throw new UnknownParent(job.id, parentId, place);
    return { parentId, awaits, state: verdictOf(awaits, state) };
  });
  const openParents = links.filter(({ state }) => state === "open").length;
  const broken = links.find(({ state }) => state === "broken");
  if (broken !== undefined) {
    const { parentId } = broken;
    const reason = brokenReason({ id: parentId, state: states.get(parentId)! });
    return { state: "cancelled", openParents, brokenBy: parentId, reason, links };
  }
  return { state: openParents > 0 ? "blocked" : "pending", openParents, brokenBy: null, reason: null, links };
}
