/** Workers by the host that they are on, and what is said of them. */

import type { Worker } from "../../api/types.ts";
import { countOf } from "../../format/count.ts";

export interface Host {
  readonly name: string;
  readonly workers: readonly Worker[];
}

/** Hosts by name; their workers as they started. */
export function byHost(workers: readonly Worker[]): Host[] {
  return [...Map.groupBy(workers, ({ host }) => host)]
    .map(([name, its]) => ({ name, workers: its }))
    .sort((one, other) => one.name < other.name ? -1 : 1);
}

/** Whether it takes part: it has been heard of lately. */
export function isHeard({ state }: Worker): boolean {
  return state !== "silent" && state !== "gone";
}

/** "2 workers, 3 jobs in 8 slots, 1 silent". */
export function sumOf(workers: readonly Worker[]): string {
  const heard = workers.filter(isHeard);
  const unheard = workers.length - heard.length;
  if (heard.length === 0) return countOf(unheard, "silent worker");
  const jobs = heard.reduce((sum, worker) => sum + worker.jobs.length, 0);
  const slots = heard.reduce((sum, worker) => sum + worker.concurrency, 0);
  const sum = `${countOf(heard.length, "worker")}, ${countOf(jobs, "job")} in ${countOf(slots, "slot")}`;
  return unheard === 0 ? sum : `${sum}, ${unheard} silent`;
}

/** What is unusual about a worker, in a sentence; null where nothing is. */
export function noteOf({ state, held, jobs }: Worker): string | null {
  if (state === "silent") {
    return jobs.length === 0
      ? "No heartbeat for longer than its lease: it was killed, stopped or cut off."
      : `No heartbeat for longer than its lease: another worker takes over its ${
        jobs.length === 1 ? "job" : `${jobs.length} jobs`
      }.`;
  }
  if (state === "gone") return "Its process has ended without a word.";
  if (state === "stopping") {
    return jobs.length === 0
      ? "It ends, and takes no more jobs."
      : "It takes no more jobs, and ends with what it runs.";
  }
  return held === null ? null : `Starts nothing for now: ${held}.`;
}

/** "cpu 4, gpu 1"; null where it has none. */
export function resourcesText(resources: Worker["resources"]): string | null {
  const parts = Object.entries(resources).map(([name, amount]) => `${name} ${amount}`);
  return parts.length === 0 ? null : parts.join(", ");
}
