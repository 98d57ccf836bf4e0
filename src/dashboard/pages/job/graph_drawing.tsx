/** A small graph as a drawing: each job a link with its state by shape and word, lines from what is waited for. */

import { useEffect, useRef } from "preact/hooks";
import type { Graph } from "../../api/types.ts";
import { StateShape } from "../../components/state_badge.tsx";
import { countOf } from "../../format/count.ts";
import { stateWords } from "../../format/job_state.ts";
import { jobUrl } from "../../router/routes.ts";
import { type GraphEdge, type Layout, linkWords, type Placed } from "./graph_layout.ts";

/** In pixels. */
const box = { width: 176, height: 44, gapX: 64, gapY: 12, edge: 4 };

export function GraphDrawing({ graph, layout }: { readonly graph: Graph; readonly layout: Layout }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = layout.columns * (box.width + box.gapX) - box.gapX + 2 * box.edge;
  const height = layout.rows * (box.height + box.gapY) - box.gapY + 2 * box.edge;
  useEffect(() => {
    const self = layout.places.get(graph.id);
    if (frame.current === null || self === undefined) return;
    frame.current.scrollLeft = leftOf(self) - (frame.current.clientWidth - box.width) / 2;
    frame.current.scrollTop = topOf(self) - (frame.current.clientHeight - box.height) / 2;
  }, []);
  const others = graph.nodes.length - 1;
  return (
    <div
      class="graph"
      ref={frame}
      tabIndex={0}
      role="region"
      aria-label={`Drawing of ${countOf(others, "other job")}`}
    >
      <svg width={width} height={height} role="list" aria-label="Jobs, what is waited for before what waits">
        <g aria-hidden="true">
          {graph.edges.map((edge) => (
            <EdgeLine
              key={`${edge.from} ${edge.to}`}
              edge={edge}
              layout={layout}
            />
          ))}
        </g>
        {inOrder(layout).map((placed) => <NodeBox key={placed.node.id} placed={placed} graph={graph} />)}
      </svg>
    </div>
  );
}

/** Column by column, from the top: the order in which Tab goes. */
function inOrder({ places }: Layout): Placed[] {
  return [...places.values()].toSorted((one, other) => one.column - other.column || one.row - other.row);
}

function leftOf({ column }: Placed): number {
  return box.edge + column * (box.width + box.gapX);
}

function topOf({ row }: Placed): number {
  return box.edge + row * (box.height + box.gapY);
}

function EdgeLine({ edge, layout }: { readonly edge: GraphEdge; readonly layout: Layout }) {
  const [from, to] = [layout.places.get(edge.from), layout.places.get(edge.to)];
  if (from === undefined || to === undefined) return null;
  const [x1, y1] = [leftOf(from) + box.width, topOf(from) + box.height / 2];
  const [x2, y2] = [leftOf(to), topOf(to) + box.height / 2];
  const bend = Math.max(24, (x2 - x1) / 2);
  const path = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 5} ${y2}`;
  return (
    <g class={`graph-edge is-${edge.state}`}>
      <path d={path} />
      <path class="graph-tip" d={`M${x2 - 7} ${y2 - 4}L${x2 - 1} ${y2}L${x2 - 7} ${y2 + 4}z`} />
    </g>
  );
}

function NodeBox({ placed, graph }: { readonly placed: Placed; readonly graph: Graph }) {
  const { node: { id, state } } = placed;
  const isSelf = id === graph.id;
  const { name } = stateWords[state];
  return (
    <g role="listitem" transform={`translate(${leftOf(placed)} ${topOf(placed)})`}>
      <a
        class={`graph-node is-${state} ${isSelf ? "is-self" : ""}`}
        href={jobUrl(id)}
        aria-description={isSelf ? "this job" : relationOf(id, graph)}
        aria-current={isSelf ? "true" : undefined}
      >
        <rect width={box.width} height={box.height} rx="8" />
        <g transform="translate(10 25)">
          <StateShape state={state} />
        </g>
        <text x="10" y="18" class="graph-id">
          {shortened(id)}
          {shortened(id) !== id && <title>{id}</title>}
        </text>
        <text x="27" y="35" class="graph-state">{name}</text>
      </a>
    </g>
  );
}

/** What it waits for, where that is told in few words. */
function relationOf(id: string, { edges }: Graph): string {
  const waits = edges.filter(({ to }) => to === id);
  if (waits.length === 0) return "";
  if (waits.length > 3) return `waits for ${waits.length} jobs`;
  return `waits for ${waits.map((edge) => `${edge.from} ${linkWords(edge)}`).join("; ")}`;
}

/** As much as the box has room for: both ends, since ids that are made by programs differ there. */
function shortened(id: string): string {
  const most = 20;
  return id.length <= most ? id : `${id.slice(0, 10)}…${id.slice(-9)}`;
}
