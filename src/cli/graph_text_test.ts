import { assertEquals } from "@std/assert";
import type { AwaitedEnd, JobState } from "../core/job.ts";
import type { JobGraph } from "../operations/job_graph.ts";
import { graphDot } from "./graph_dot.ts";
import { graphText } from "./graph_text.ts";
import type { Output } from "./world.ts";

const plain: Output = {
  write: () => {},
  isTerminal: false,
  hasColour: false,
  columns: Infinity,
  rows: Infinity,
};

/** `states` has the jobs in their order of arrival, `links` are such as "a>b". */
function graph(states: Record<string, JobState>, links: string, root: string): JobGraph {
  const all = Object.entries(states).map(([id, state], seq) => ({ seq, id, state, attempts: 0 }));
  const job = (id: string) => all.find((each) => each.id === id)!;
  const kinds: Record<string, AwaitedEnd> = { ">": "completed", "~": "ended", "!": "dead" };
  return {
    root: job(root),
    jobs: new Map(all.map((each) => [each.seq, each])),
    links: links.split(" ").filter((text) => text !== "").map((text) => {
      const [, from, kind, to] = text.match(/(\w+)([>~!])(\w+)/)!;
      return { parent: job(from!), child: job(to!), awaits: kinds[kind!]!, state: "open" };
    }),
    isCut: false,
  };
}

Deno.test("a diamond: what is below a shared job is shown once", () => {
  const diamond = graph(
    { a: "completed", b: "processing", c: "pending", d: "blocked", e: "blocked" },
    "a>b a>c b>d c~d d!e",
    "d",
  );
  assertEquals(graphText(plain, diamond).split("\n"), [
    "a completed",
    "├─ b processing",
    "│  └─ d blocked ◀",
    "│     └─ e blocked (after-fail)",
    "└─ c pending",
    "   └─ d blocked (after-any) ◀ … as above",
  ]);
});

Deno.test("a job alone, several that nobody comes before, and a long chain", () => {
  assertEquals(graphText(plain, graph({ a: "dead" }, "", "a")), "a dead ◀");
  const two = graph({ a: "pending", b: "pending", c: "blocked" }, "a>c b>c", "c");
  assertEquals(graphText(plain, two).split("\n"), [
    "a pending",
    "└─ c blocked ◀",
    "b pending",
    "└─ c blocked ◀",
  ]);
  const ids = Array.from({ length: 3000 }, (_, index) => `j${index}`);
  const links = ids.slice(1).map((id, index) => `j${index}>${id}`).join(" ");
  const chain = graph(Object.fromEntries(ids.map((id) => [id, "blocked"])), links, "j0");
  assertEquals(graphText(plain, chain).split("\n").length, 3000);
});

Deno.test("for Graphviz", () => {
  assertEquals(graphDot(graph({ a: "dead", b: "blocked" }, "a!b", "b")).split("\n"), [
    "digraph jobs {",
    "  rankdir=LR;",
    "  node [shape=box, style=rounded];",
    '  "a" [label="a\\ndead", color=red];',
    '  "b" [label="b\\nblocked", color=gray, penwidth=2];',
    '  "a" -> "b" [style=solid label="after-fail"];',
    "}",
  ]);
});
