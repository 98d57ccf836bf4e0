/** Where the jobs of a graph are drawn: what is waited for stands left of what waits, in columns. */

import type { Graph } from "../../api/types.ts";

export type GraphNode = Graph["nodes"][number];
export type GraphEdge = Graph["edges"][number];

export interface Placed {
  readonly node: GraphNode;
  readonly column: number;
  /** From 0 at the top; not always whole, since short columns stand in the middle. */
  readonly row: number;
}

export interface Layout {
  readonly places: ReadonlyMap<string, Placed>;
  readonly columns: number;
  readonly rows: number;
}

/** Passes that bring jobs near to those that they are linked to. */
const passes = 6;

export function layoutGraph({ nodes, edges }: Graph): Layout {
  const links = new Links(nodes, edges);
  const columns = columnsOf(nodes, links);
  for (let pass = 0; pass < passes; pass++) {
    const isForward = pass % 2 === 0;
    const ordered = isForward ? columns : columns.toReversed();
    for (const column of ordered) {
      sortByNeighbours(column, columns, isForward ? links.parents : links.children);
    }
  }
  const rows = Math.max(0, ...columns.map(({ length }) => length));
  const places = new Map(
    columns.flatMap((column, index) =>
      column.map((node, row): [string, Placed] => [
        node.id,
        { node, column: index, row: row + (rows - column.length) / 2 },
      ])
    ),
  );
  return { places, columns: columns.length, rows };
}

class Links {
  readonly parents = new Map<string, string[]>();
  readonly children = new Map<string, string[]>();

  constructor(nodes: readonly GraphNode[], edges: readonly GraphEdge[]) {
    for (const { id } of nodes) {
      this.parents.set(id, []);
      this.children.set(id, []);
    }
    for (const { from, to } of edges) {
      this.parents.get(to)?.push(from);
      this.children.get(from)?.push(to);
    }
  }
}

/** Each job stands right of all that it waits for, and as near to what waits for it as that lets. */
function columnsOf(nodes: readonly GraphNode[], { parents, children }: Links): GraphNode[][] {
  const columnOf = new Map<string, number>();
  const open = new Map([...parents].map(([id, of]) => [id, of.length]));
  const order = nodes.filter(({ id }) => open.get(id) === 0).map(({ id }) => id);
  for (const id of order) {
    columnOf.set(id, Math.max(-1, ...parents.get(id)!.map((parent) => columnOf.get(parent)!)) + 1);
    for (const child of children.get(id)!) {
      const left = open.get(child)! - 1;
      open.set(child, left);
      if (left === 0) order.push(child);
    }
  }
  for (const id of order.toReversed()) {
    const nearest = Math.min(...children.get(id)!.map((child) => columnOf.get(child)!));
    if (Number.isFinite(nearest)) columnOf.set(id, nearest - 1);
  }
  const columns: GraphNode[][] = [];
  for (const node of nodes) (columns[columnOf.get(node.id) ?? 0] ??= []).push(node);
  return [...columns].map((column) => column ?? []);
}

function sortByNeighbours(
  column: GraphNode[],
  columns: readonly (readonly GraphNode[])[],
  neighbours: ReadonlyMap<string, readonly string[]>,
): void {
  // Measured from the middle, since columns are of different lengths.
  const rowOf = new Map(
    columns.flatMap((each) => each.map(({ id }, row): [string, number] => [id, row - (each.length - 1) / 2])),
  );
  const mean = ({ id }: GraphNode) => {
    const rows = neighbours.get(id)!.map((other) => rowOf.get(other)!);
    return rows.length === 0 ? rowOf.get(id)! : rows.reduce((sum, row) => sum + row, 0) / rows.length;
  };
  const means = new Map(column.map((node) => [node.id, mean(node)]));
  column.sort((one, other) => means.get(one.id)! - means.get(other.id)!);
}

export interface Relative {
  readonly node: GraphNode;
  /** 1 where it is linked to the job itself. */
  readonly distance: number;
  /** The link by which it was found. */
  readonly edge: GraphEdge;
}

/** All that a job waits for (or all that waits for it), the nearest first. */
export function relativesOf({ id, nodes, edges }: Graph, side: "parents" | "children"): Relative[] {
  const [near, far] = side === "parents" ? ["to", "from"] as const : ["from", "to"] as const;
  const edgesAt = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const found = edgesAt.get(edge[near]);
    if (found === undefined) edgesAt.set(edge[near], [edge]);
    else found.push(edge);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const seen = new Set([id]);
  const relatives: Relative[] = [];
  const look = (from: string, distance: number) => {
    for (const edge of edgesAt.get(from) ?? []) {
      const node = byId.get(edge[far]);
      if (node === undefined || seen.has(node.id)) continue;
      seen.add(node.id);
      relatives.push({ node, distance, edge });
    }
  };
  look(id, 1);
  // Those that are found are looked at in their turn.
  for (const { node, distance } of relatives) look(node.id, distance + 1);
  return relatives;
}

/** Graphs that are larger, or have more jobs side by side, are shown as lists alone. */
const mostDrawn = { jobs: 80, rows: 30 };

/** Where its jobs are drawn, or null where it is too large for that. */
export function drawableLayout(graph: Graph): Layout | null {
  if (graph.nodes.length > mostDrawn.jobs) return null;
  const layout = layoutGraph(graph);
  return layout.rows > mostDrawn.rows ? null : layout;
}

/** What a link means for the one that waits. */
export function linkWords({ by, state }: GraphEdge): string {
  const awaited = { after: "to be completed", after_any: "to have ended", after_fail: "to have died" }[by];
  const became = { open: "", met: ", which it has", broken: ", which will not be" }[state];
  return `${awaited}${became}`;
}
