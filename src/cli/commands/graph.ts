import { readGraph } from "../../operations/job_graph.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { graphDot } from "../graph_dot.ts";
import { graphText } from "../graph_text.ts";
import { graphJson } from "../../operations/json.ts";
import { oneId } from "../operands.ts";
import { numberOf, usage } from "../words.ts";

interface Options {
  readonly id: string;
  readonly dot: boolean;
  readonly limit: number | undefined;
}

/** How many jobs are shown unless told otherwise: to people, and to programs. */
const shownJobs = { people: 200, programs: 10_000 };
const mostJobs = 1_000_000;

export const graph: Command<Options> = {
  name: "graph",
  summary: "what a job waits for, and what waits for it",
  usage: ["ID [--dot | --json] [--limit N]"],
  details: [
    "Those that wait for others stand below them; ◀ marks the job. One that waits for several is shown once with what " +
    "is below it, and then only named. after-any and after-fail say what it waits for where that is not the success. " +
    "See queuectl help dependencies.",
  ],
  flags: [
    {
      name: "dot",
      help: "for Graphviz: solid lines are waited for, dashed ones are over, dotted ones were in vain",
    },
    {
      name: "limit",
      placeholder: "N",
      help:
        `at most so many jobs, the nearest ones (${shownJobs.people}; ${shownJobs.programs} with --dot or --json)`,
    },
    jsonFlag,
  ],
  examples: [
    { line: "queuectl graph report", does: "as a tree" },
    { line: "queuectl graph report --dot >report.dot", does: "for: dot -Tsvg report.dot" },
    {
      line: "queuectl graph report --json | jq -r '.nodes[] | select(.state == \"dead\") | .id'",
      does: "for scripts",
    },
  ],
  permissions: ["read"],
  usesStore: true,
  parse(words) {
    const dot = words.switches.has("dot");
    if (dot && words.switches.has("json")) throw usage("--dot and --json exclude each other", "graph");
    const limit = numberOf(words, "limit", { from: 1, to: mostJobs, command: "graph" });
    return { id: oneId(words, "graph"), dot, limit };
  },
  async run({ id, dot, limit }, session) {
    const most = limit ?? (dot || session.json ? shownJobs.programs : shownJobs.people);
    const found = await readGraph(await session.readStore(), id, most);
    if (session.json) session.printJson(graphJson(found));
    else session.print(dot ? graphDot(found) : graphText(session.world.stdout, found));
    if (found.isCut && !session.json) {
      const form = dot ? " --dot" : "";
      const more = session.commandLine(`graph ${id}${form} --limit ${Math.min(10 * most, mostJobs)}`);
      session.say(`There are more jobs than these ${found.jobs.size}: ${more}`);
    }
    return 0;
  },
};
