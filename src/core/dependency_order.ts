/** The order in which jobs of one batch may follow one another, or the cycle that there is among them. */

import type { Dependency } from "./job.ts";

/** A job of a batch; one without an id yet is waited for by none of the others. */
export interface OrderedJob {
  readonly id: string | null;
  readonly after: readonly Dependency[];
}

export type DependencyOrder =
  | { readonly cycle: null; /** Places in the batch, parents first. */ readonly order: readonly number[] }
  /** Places in the batch: each waits for the next one, and the last for the first. Begins with the first of them. */
  | { readonly cycle: readonly number[] };

/** Without recursion, so that a chain may be as long as a batch. Parents that are not in the batch are passed over. */
export function orderByDependencies(jobs: readonly OrderedJob[]): DependencyOrder {
  const places = new Map(jobs.flatMap(({ id }, place) => id === null ? [] : [[id, place]]));
  const done = new Set<number>();
  const order: number[] = [];
  for (const start of jobs.keys()) {
    if (done.has(start)) continue;
    // From each job to one of its parents; `next` is the parent that is looked at next.
    const path = [{ place: start, next: 0 }];
    const onPath = new Set([start]);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const parent = jobs[top.place]!.after[top.next++];
      if (parent === undefined) {
        path.pop();
        onPath.delete(top.place);
        done.add(top.place);
        order.push(top.place);
        continue;
      }
      const place = places.get(parent.parentId);
      if (place === undefined || done.has(place)) continue;
      if (onPath.has(place)) return { cycle: cycleFrom(path.map((step) => step.place), place) };
      path.push({ place, next: 0 });
      onPath.add(place);
    }
  }
  return { cycle: null, order };
}

/** The end of a path that leads back to `place`, turned so that it begins with the first of them in the batch. */
function cycleFrom(path: readonly number[], place: number): readonly number[] {
  const cycle = path.slice(path.indexOf(place));
  const first = cycle.indexOf(cycle.reduce((least, each) => Math.min(least, each)));
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}
