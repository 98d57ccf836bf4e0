/** Draining no-op jobs with two workers, against spawners that run the same wrapper or nothing but the command. */

import type { Benchmark, Row } from "./benchmark.ts";
import { bareRate, drainRate, spawnLoop, startWorkers, wrappedRate, xargs } from "./drain.ts";
import { interleave, type Measures, median, medianRatio } from "./samples.ts";

const atOnce = 2;

export const draining: Benchmark = {
  name: "drain",
  summary: "no-op jobs with 2 workers, against xargs and a C loop",
  async run(workshop) {
    const jobs = workshop.size(2000, 60);
    const loop = await workshop.spawnLoop();
    const queue = await workshop.queue();
    await startWorkers(queue, atOnce);
    const measures: Measures<"queue" | "xargs"> = {
      queue: () => drainRate(workshop, queue, jobs),
      xargs: () => wrappedRate(workshop, xargs, { runs: jobs, atOnce }),
    };
    const withLoop: Measures<"queue" | "xargs" | "loop"> = {
      ...measures,
      loop: () =>
        loop === null ? Promise.resolve(NaN) : bareRate(workshop, spawnLoop(loop), { runs: jobs, atOnce }),
    };
    const samples = await interleave(withLoop, workshop.size(3, 1));
    await workshop.done(queue);
    const what = `${jobs} no-op jobs, 2 workers`;
    return [
      { what: `${what}, steady rate`, figure: median(samples.queue), unit: "jobs/s", goal: null },
      {
        what: `${what} / xargs -P2 of the same wrapper`,
        figure: medianRatio(samples.queue, samples.xargs),
        unit: "×",
        goal: { atLeast: 0.9 },
        note: `xargs: ${median(samples.xargs).toFixed(0)} runs/s`,
      },
      againstLoop(`${what} / C loop of posix_spawn of sh -c :`, samples, loop !== null),
    ];
  },
};

function againstLoop(
  what: string,
  samples: { readonly queue: readonly number[]; readonly loop: readonly number[] },
  isMeasured: boolean,
): Row {
  return {
    what,
    figure: isMeasured ? medianRatio(samples.queue, samples.loop) : null,
    unit: "×",
    goal: { atLeast: 0.55 },
    note: isMeasured
      ? `the loop: ${median(samples.loop).toFixed(0)} runs/s`
      : "there is no C compiler (cc) here",
  };
}

/** What it costs that a run outlives its worker. */
export const survivors: Benchmark = {
  name: "survivors",
  summary: "the wrapper of a run against a bare sh -c :, by the same spawner",
  async run(workshop) {
    const runs = workshop.size(1000, 60);
    const loop = await workshop.spawnLoop();
    const spawner = loop === null ? xargs : spawnLoop(loop);
    const samples = await interleave({
      wrapped: () => wrappedRate(workshop, spawner, { runs, atOnce: 1 }),
      bare: () => bareRate(workshop, spawner, { runs, atOnce: 1 }),
    }, workshop.size(3, 1));
    const price = samples.wrapped.map((rate, round) => 1000 / rate - 1000 / samples.bare[round]!);
    return [{
      what: "a run's wrapper above a bare sh -c :, one at a time",
      figure: median(price),
      unit: "ms",
      goal: null,
      note: `${(1000 / median(samples.wrapped)).toFixed(2)} ms / ${
        (1000 / median(samples.bare)).toFixed(2)
      } ms, by ${loop === null ? "xargs" : "posix_spawn"}`,
    }];
  },
};
