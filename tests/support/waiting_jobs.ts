/** Jobs that wait for others, for the contract. */

import type { AwaitedEnd, JobState, NewJob } from "../../src/core/job.ts";
import type { Outcome } from "../../src/core/run.ts";
import type { PassedOn, Store } from "../../src/store/store.ts";
import { claimOne, newJob, settlement } from "./sample.ts";

/** A job that waits: `after("c", "a", "b")`. */
export function after(id: string, ...parents: readonly (string | readonly [string, AwaitedEnd])[]): NewJob {
  return newJob(id, {
    maxRetries: 1,
    after: parents.map((parent) => {
      const [parentId, awaits] = typeof parent === "string" ? [parent, "completed" as const] : parent;
      return { parentId, awaits };
    }),
  });
}

export const plain = (id: string) => newJob(id, { maxRetries: 1 });

/** Passes on until nothing is left; what it came to in all. */
export async function passAll(store: Store): Promise<Omit<PassedOn, "hasMore">> {
  const sum = { opened: 0, ended: 0, revived: 0 };
  for (let hasMore = true; hasMore;) {
    const passed = await store.passOnEnds();
    sum.opened += passed.opened;
    sum.ended += passed.ended;
    sum.revived += passed.revived;
    hasMore = passed.hasMore;
  }
  return sum;
}

/** Claims the next job and ends it; its id. */
export async function end(store: Store, outcome: Outcome = "completed"): Promise<string> {
  const claimed = (await claimOne(store, "w"))!;
  await store.settle(settlement(claimed, outcome));
  await passAll(store);
  return claimed.job.id;
}

export async function states(store: Store, ids: string): Promise<string> {
  const short: Record<JobState, string> = {
    pending: "p",
    blocked: "b",
    processing: "r",
    completed: "c",
    dead: "d",
    cancelled: "x",
  };
  return (await store.jobsOf(ids.split(" "))).map((job) => short[job!.state]).join("");
}
