/** A graph of jobs as lines of text: those that wait for others stand below them. */

import type { JobGraph } from "../operations/job_graph.ts";
import type { JobLink, LinkedJob } from "../store/store.ts";
import { shownState } from "./job_table.ts";
import { paint, stateColour } from "./paint.ts";
import type { Output } from "./world.ts";

/** The flag by which a dependency is asked for. */
export const linkNames = { completed: "after", ended: "after-any", dead: "after-fail" } as const;

/** What is still to be written, the last of it first. */
interface Branch {
  readonly job: LinkedJob;
  readonly link: JobLink | null;
  /** What its line begins with, and those below it. */
  readonly begin: string;
  readonly below: string;
}

/** One line for each way to a job; what is below a job is shown where it comes first. */
export function graphText(output: Output, { root, jobs, links }: JobGraph): string {
  const children = Map.groupBy(links, (link) => link.parent.seq);
  const isChild = new Set(links.map((link) => link.child.seq));
  const seen = new Set<number>();
  const lines: string[] = [];
  const left: Branch[] = [...jobs.values()].filter(({ seq }) => !isChild.has(seq)).toReversed().map((
    job,
  ) => ({
    job,
    link: null,
    begin: "",
    below: "",
  }));
  for (let branch = left.pop(); branch !== undefined; branch = left.pop()) {
    const { job, below } = branch;
    const own = (children.get(job.seq) ?? []).toSorted((one, other) => one.child.seq - other.child.seq);
    const isAgain = seen.has(job.seq);
    lines.push(lineOf(output, branch, { isRoot: job.seq === root.seq, isAbove: isAgain && own.length > 0 }));
    if (isAgain) continue;
    seen.add(job.seq);
    for (const [index, link] of own.toReversed().entries()) {
      const isLast = index === 0;
      left.push({
        job: link.child,
        link,
        begin: below + (isLast ? "└─ " : "├─ "),
        below: below + (isLast ? "   " : "│  "),
      });
    }
  }
  return lines.join("\n");
}

function lineOf(
  output: Output,
  { job, link, begin }: Branch,
  { isRoot, isAbove }: { readonly isRoot: boolean; readonly isAbove: boolean },
): string {
  const state = shownState(job);
  const how = link === null || link.awaits === "completed" ? "" : ` (${linkNames[link.awaits]})`;
  return paint(output, "dim", begin) + (isRoot ? paint(output, "bold", job.id) : job.id) + " " +
    paint(output, stateColour(state), state) + how + (isRoot ? " ◀" : "") +
    (isAbove ? paint(output, "dim", " … as above") : "");
}
