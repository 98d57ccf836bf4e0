import type { JobGraph } from "../operations/job_graph.ts";
import { linkNames } from "./graph_text.ts";
import { shownState } from "./job_table.ts";
import { stateColour } from "./paint.ts";

/** A graph of jobs in the language of Graphviz. No character of an id has a meaning in a quoted name. */
export function graphDot({ root, jobs, links }: JobGraph): string {
  const nodes = [...jobs.values()].map((job) => {
    const state = shownState(job);
    const colour = stateColour(state);
    const border = job.seq === root.seq ? ", penwidth=2" : "";
    return `  "${job.id}" [label="${job.id}\\n${state}", color=${
      colour === "dim" ? "gray" : colour
    }${border}];`;
  });
  const edges = links.map(({ parent, child, awaits, state }) => {
    const label = awaits === "completed" ? "" : ` label="${linkNames[awaits]}"`;
    const style = state === "open" ? "solid" : state === "met" ? "dashed" : "dotted";
    return `  "${parent.id}" -> "${child.id}" [style=${style}${label}];`;
  });
  return ["digraph jobs {", "  rankdir=LR;", "  node [shape=box, style=rounded];", ...nodes, ...edges, "}"]
    .join("\n");
}
