/** One side of a graph as a list: how many are in which state, and each of them, some at a time. */

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Graph } from "../../api/types.ts";
import { Button } from "../../components/button.tsx";
import { StateBadge } from "../../components/state_badge.tsx";
import { countOf, formatCount } from "../../format/count.ts";
import { shownStates, stateWords } from "../../format/job_state.ts";
import { jobUrl } from "../../router/routes.ts";
import { linkWords, type Relative, relativesOf } from "./graph_layout.ts";

export interface RelativesListProps {
  readonly graph: Graph;
  readonly side: "parents" | "children";
  readonly title: string;
}

/** How many are there at first, and come with each step. */
const few = 20;
const many = 200;

export function RelativesList({ graph, side, title }: RelativesListProps) {
  const relatives = useMemo(() => relativesOf(graph, side), [graph, side]);
  const shown = useSignal(few);
  if (relatives.length === 0) return null;
  const left = relatives.length - shown.value;
  return (
    <div>
      <h3>{title}</h3>
      <p class="relatives-sum">
        {countOf(relatives.length, "job")}: {summaryOf(relatives)}
      </p>
      <ul class="relatives-list">
        {relatives.slice(0, shown.value).map((relative) => (
          <RelativeItem key={relative.node.id} {...relative} side={side} />
        ))}
      </ul>
      {left > 0 && (
        <Button onClick={() => shown.value += many}>
          {`Show ${formatCount(Math.min(left, many))} more of ${formatCount(left)}`}
        </Button>
      )}
    </div>
  );
}

/** "3 completed, 1 dead". */
function summaryOf(relatives: readonly Relative[]): string {
  return shownStates.flatMap((state) => {
    const count = relatives.filter(({ node }) => node.state === state).length;
    return count === 0 ? [] : [`${formatCount(count)} ${stateWords[state].name.toLowerCase()}`];
  }).join(", ");
}

function RelativeItem({ node, edge, distance, side }: Relative & Pick<RelativesListProps, "side">) {
  const [waits, awaited] = [edge.to, edge.from];
  const words = distance === 1
    ? (side === "parents" ? linkWords(edge) : `waits for this job ${linkWords(edge)}`)
    : side === "parents"
    ? `for which ${waits} waits`
    : `by way of ${awaited}`;
  return (
    <li>
      <StateBadge state={node.state} />
      <span>
        <a href={jobUrl(node.id)} class="mono">{node.id}</a> <span class="soft">{words}</span>
      </span>
    </li>
  );
}
