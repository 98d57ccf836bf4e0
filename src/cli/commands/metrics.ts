import { QueueError } from "../../core/errors.ts";
import { metricsText } from "../../operations/metrics_text.ts";
import { readMetrics } from "../../operations/read_metrics.ts";
import type { Command } from "../command.ts";
import { noOperands, usage, valueOf } from "../words.ts";

interface Options {
  /** Absolute; null for stdout. */
  readonly output: string | null;
}

export const metrics: Command<Options> = {
  name: "metrics",
  summary: "what Prometheus is told: jobs, attempts, waits and workers, as text",
  usage: ["[--output FILE]"],
  details: [
    "Prints metrics in Prometheus' text format. With --output the file is replaced at one instant, for the textfile " +
    "collector of node_exporter: let cron or a systemd timer call it every 15 seconds to a minute. Where the store cannot be read " +
    "the file stays as it was, and the exit code is 4. See: queuectl help monitoring",
  ],
  flags: [{ name: "output", short: "o", placeholder: "FILE", help: "write them to a file" }],
  examples: [
    { line: "queuectl metrics", does: "all of them" },
    {
      line: "queuectl metrics --output /var/lib/node_exporter/textfile/queuectl.prom",
      does: "for a textfile collector",
    },
  ],
  permissions: ["read"],
  otherPermissions: ({ output }) => output === null ? [] : ["write"],
  usesStore: true,
  parse(words, session) {
    noOperands(words, "metrics");
    const output = valueOf(words, "output");
    if (output === "") throw usage("--output needs the name of a file", "metrics");
    return { output: output === undefined ? null : session.world.resolvePath(output) };
  },
  async run({ output }, session) {
    const store = await session.readStore();
    if (store === null) {
      throw new QueueError(
        "unavailable",
        `Cannot read metrics: there is no store in ${session.home.path} yet`,
        {
          hint: `The first job makes one: ${session.commandLine("enqueue -- echo hello")}`,
        },
      );
    }
    const text = metricsText(await readMetrics(store), { version: session.world.version.program });
    if (output === null) session.world.stdout.write(text);
    else session.world.writeFile(output, text);
    return 0;
  },
};
