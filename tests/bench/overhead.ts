/** What the queue itself costs for each job, without the process that runs it. */

import type { Benchmark } from "./benchmark.ts";
import { driverOf, measureInside } from "./inside.ts";
import { median } from "./samples.ts";
import type { Overhead } from "./worker_overhead.ts";

export const overhead: Benchmark = {
  name: "overhead",
  summary: "CPU of claim, bookkeeping and settlement, without the spawn",
  async run(workshop) {
    const jobs = workshop.size(5000, 200);
    const driver = await driverOf(workshop);
    const samples: Overhead[] = [];
    for (let round = 0; round < workshop.size(5, 1); round++) {
      const home = await Deno.makeTempDir({ dir: workshop.folder });
      samples.push(await measureInside<Overhead>(workshop, ["overhead", home, String(jobs), driver]));
      await Deno.remove(home, { recursive: true });
    }
    const pretence = median(samples.map((sample) => sample.pretenceMs));
    const wall = median(samples.map((sample) => sample.wallMs));
    return [{
      what: "CPU of a job in the worker, without its process",
      figure: median(samples.map((sample) => sample.cpuMs - sample.pretenceMs)),
      unit: "ms",
      goal: { atMost: 0.5 },
      note: `besides ${pretence.toFixed(2)} ms to write what a wrapper would; together ${
        wall.toFixed(2)
      } ms by the clock`,
    }];
  },
};
