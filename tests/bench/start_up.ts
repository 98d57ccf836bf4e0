/** How long a call takes as a whole process, against a compiled hello world that takes its turn in the same rounds. */

import type { Benchmark, Row } from "./benchmark.ts";
import { interleave, median, medianRatio } from "./samples.ts";

export const startUp: Benchmark = {
  name: "start-up",
  summary: "whole calls against a compiled hello world",
  async run(workshop) {
    const [hello, binary, eager] = await Promise.all([
      workshop.hello(),
      workshop.binary(),
      workshop.eager(),
    ]);
    const queue = await workshop.queue();
    const env = workshop.environment(queue);
    const call = (...args: string[]) => () => workshop.time(binary, args, { env });
    const measures = {
      hello: () => workshop.time(hello, []),
      help: call("--help"),
      version: call("version"),
      status: call("status"),
      eagerStatus: () => workshop.time(eager, ["status"], { env }),
      eagerHelp: () => workshop.time(eager, ["--help"], { env }),
      enqueue: call("enqueue", "--", "true"),
    };
    await interleave(measures, 1);
    const samples = await interleave(measures, workshop.size(40, 2));
    await workshop.done(queue);
    const row = (what: keyof typeof measures, goal: Row["goal"]): Row => ({
      what: `${what === "help" ? "--help" : what}, whole process / hello world`,
      figure: medianRatio(samples[what], samples.hello),
      unit: "×",
      goal,
      note: `${median(samples[what]).toFixed(0)} ms / ${median(samples.hello).toFixed(0)} ms`,
    });
    return [
      row("enqueue", { atMost: 1.25 }),
      row("help", null),
      row("version", null),
      row("status", null),
      ...([["--help", "help", "eagerHelp"], ["status", "status", "eagerStatus"]] as const).map(
        ([name, late, early]): Row => ({
          what: `${name}, with the PostgreSQL driver loaded in vain / without`,
          figure: medianRatio(samples[early], samples[late]),
          unit: "×",
          goal: null,
        }),
      ),
    ];
  },
};
