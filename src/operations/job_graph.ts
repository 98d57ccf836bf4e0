import { findJob } from "./show_job.ts";
import type { JobLink, LinkedJob, LinksRequest, Store } from "../store/store.ts";

/** A job with all that it waits for, directly or by way of others, and all that waits for it. */
export interface JobGraph {
  readonly root: LinkedJob;
  /** By arrival number, in that order. */
  readonly jobs: ReadonlyMap<number, LinkedJob>;
  readonly links: readonly JobLink[];
  /** Whether there are more. */
  readonly isCut: boolean;
}

/** Jobs whose links are read at once. */
const jobsPerRead = 500;

/** Those first that are nearest to the job, up to `limit` of them. */
export async function readGraph(store: Store | null, id: string, limit: number): Promise<JobGraph> {
  const root = await findJob(store, id, "show the graph of");
  const found = new Found(root, limit);
  // One step to each side in turn, so that neither takes all the room.
  const sides = [{ to: "parents", from: [root.seq] }, { to: "children", from: [root.seq] }] as {
    readonly to: LinksRequest["to"];
    from: number[];
  }[];
  while (sides.some(({ from }) => from.length > 0)) {
    for (const side of sides) side.from = await step(store!, side, found);
  }
  const bySeq = [...found.jobs].toSorted(([one], [other]) => one - other);
  const links = [...found.links.values()].toSorted((one, other) =>
    one.parent.seq - other.parent.seq || one.child.seq - other.child.seq
  );
  return { root, jobs: new Map(bySeq), links, isCut: found.isCut };
}

class Found {
  readonly limit: number;
  readonly jobs: Map<number, LinkedJob>;
  readonly links = new Map<string, JobLink>();
  isCut = false;

  constructor(root: LinkedJob, limit: number) {
    this.limit = limit;
    this.jobs = new Map([[root.seq, root]]);
  }

  /** Whether the job on that side is new, and there is room for it. */
  add(link: JobLink, to: LinksRequest["to"]): boolean {
    const job = to === "parents" ? link.parent : link.child;
    const isNew = !this.jobs.has(job.seq);
    if (isNew && this.jobs.size === this.limit) {
      this.isCut = true;
      return false;
    }
    this.jobs.set(job.seq, job);
    this.links.set(`${link.parent.seq} ${link.child.seq}`, link);
    return isNew;
  }
}

/** The jobs that are new on that side. */
async function step(
  store: Store,
  { to, from }: { readonly to: LinksRequest["to"]; readonly from: readonly number[] },
  found: Found,
): Promise<number[]> {
  const next: number[] = [];
  for (let at = 0; at < from.length; at += jobsPerRead) {
    // More than this can hold no more jobs that are new, unless many have the same ones.
    const limit = 10 * found.limit + 1;
    const links = await store.links({ jobSeqs: from.slice(at, at + jobsPerRead), to, limit });
    if (links.length === limit) found.isCut = true;
    for (const link of links) {
      if (found.add(link, to)) next.push(to === "parents" ? link.parent.seq : link.child.seq);
    }
  }
  return next;
}
