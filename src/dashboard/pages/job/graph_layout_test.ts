import { assert, assertEquals } from "@std/assert";
import type { Graph } from "../../api/types.ts";
import { drawableLayout, layoutGraph, linkWords, relativesOf } from "./graph_layout.ts";

/** "a>b a>c": b and c wait for a. */
function graphOf(id: string, links: string): Graph {
  const edges = links.split(" ").filter(Boolean).map((link) => {
    const [from, to] = link.split(">") as [string, string];
    return { from, to, by: "after" as const, state: "open" as const };
  });
  const ids = new Set([id, ...edges.flatMap(({ from, to }) => [from, to])]);
  const nodes = [...ids].map((each, index) => ({ id: each, arrival: index + 1, state: "pending" as const }));
  return { id, nodes, edges, complete: true };
}

const columnOf = (graph: Graph) =>
  Object.fromEntries([...layoutGraph(graph).places.values()].map(({ node, column }) => [node.id, column]));

Deno.test("each job stands right of all that it waits for, and next to what waits for it", () => {
  assertEquals(columnOf(graphOf("a", "a>b b>c a>c late>c")), { a: 0, b: 1, c: 2, late: 1 });
  assertEquals(columnOf(graphOf("a", "")), { a: 0 });
});

Deno.test("short columns stand in the middle, and jobs near to those that they are linked to", () => {
  const { places, rows, columns } = layoutGraph(graphOf("a", "a>x a>y a>z z>p x>q"));
  assertEquals([rows, columns, places.get("a")!.row], [3, 3, 1]);
  const order = (one: string, other: string) => Math.sign(places.get(one)!.row - places.get(other)!.row);
  assertEquals(order("q", "p"), order("x", "z"));
});

Deno.test("relatives come the nearest first, each once", () => {
  const graph = graphOf("c", "a>c b>a c>d d>e c>e b>c");
  const of = (side: "parents" | "children") =>
    relativesOf(graph, side).map(({ node, distance }) => [node.id, distance]);
  assertEquals(of("parents"), [["a", 1], ["b", 1]]);
  assertEquals(of("children"), [["d", 1], ["e", 1]]);
});

Deno.test("a graph with 10,000 jobs, or many side by side, is shown as lists, at once", () => {
  const fan = (count: number) =>
    graphOf("p", Array.from({ length: count }, (_, index) => `p>c${index}`).join(" "));
  const graph = fan(9_999);
  const began = performance.now();
  assertEquals([drawableLayout(graph), relativesOf(graph, "children").length], [null, 9_999]);
  assert(performance.now() - began < 1000);
  assertEquals(drawableLayout(fan(40)), null);
  assertEquals(drawableLayout(fan(20))?.rows, 20);
});

Deno.test("links say what is waited for, and what became of that", () => {
  assertEquals(linkWords({ from: "a", to: "b", by: "after", state: "met" }), "to be completed, which it has");
  assertEquals(linkWords({ from: "a", to: "b", by: "after_fail", state: "open" }), "to have died");
});
