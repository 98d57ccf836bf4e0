/** What a store with a million jobs costs: draining beside them, and looking at them. */

import type { TestQueue } from "../support/program.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { drainRate, startWorkers } from "./drain.ts";
import { checkStore, type Filling, fillStore } from "./filled_store.ts";
import { interleave, median, medianRatio } from "./samples.ts";
import type { Workshop } from "./workshop.ts";

const few: Filling = { finished: 80, delayed: 10, held: 10 };

export const drainingFull: Benchmark = {
  name: "full",
  summary: "draining beside a million finished, delayed and held jobs",
  async run(workshop) {
    const jobs = workshop.size(2000, 60);
    const [full, empty] = [await workshop.queue(), await workshop.queue()];
    await fill(workshop, full);
    for (const queue of [full, empty]) await startWorkers(queue, 2);
    const samples = await interleave({
      full: () => drainRate(workshop, full, jobs),
      empty: () => drainRate(workshop, empty, jobs),
    }, workshop.size(3, 1));
    for (const queue of [full, empty]) await workshop.done(queue);
    return [{
      what: `${jobs} no-op jobs beside ${describe(manyJobs(workshop))} / an empty store`,
      figure: medianRatio(samples.full, samples.empty),
      unit: "×",
      goal: { atLeast: 0.9 },
      note: `${median(samples.full).toFixed(0)} / ${median(samples.empty).toFixed(0)} jobs/s`,
    }];
  },
};

export const reading: Benchmark = {
  name: "reading",
  summary: "status and list at a million jobs against a hundred",
  async run(workshop) {
    const [full, small] = [await workshop.queue(), await workshop.queue()];
    await fill(workshop, full);
    await fillStore(small, few);
    const binary = await workshop.binary();
    const call = (queue: TestQueue, ...args: string[]) => () =>
      workshop.time(binary, args, { env: workshop.environment(queue) });
    const measures = {
      fullStatus: call(full, "status"),
      smallStatus: call(small, "status"),
      fullList: call(full, "list", "--limit", "50"),
      smallList: call(small, "list", "--limit", "50"),
    };
    await interleave(measures, 1);
    const samples = await interleave(measures, workshop.size(30, 2));
    for (const queue of [full, small]) await workshop.done(queue);
    const row = (what: string, many: readonly number[], some: readonly number[]): Row => ({
      what: `${what} beside ${describe(manyJobs(workshop))} / 100 jobs`,
      figure: medianRatio(many, some),
      unit: "×",
      goal: { atMost: 1.5 },
      note: `${median(many).toFixed(0)} / ${median(some).toFixed(0)} ms`,
    });
    return [
      row("status", samples.fullStatus, samples.smallStatus),
      row("list --limit 50", samples.fullList, samples.smallList),
    ];
  },
};

function manyJobs(workshop: Workshop): Filling {
  return {
    finished: workshop.size(1_000_000, 10_000),
    delayed: workshop.size(100_000, 1_000),
    held: workshop.size(100_000, 1_000),
  };
}

async function fill(workshop: Workshop, queue: TestQueue): Promise<void> {
  const filling = manyJobs(workshop);
  workshop.say(`making a store of ${describe(filling)} jobs`);
  await fillStore(queue, filling);
  await checkStore(queue);
}

function describe({ finished, delayed, held }: Filling): string {
  return [`${finished} finished`, `${delayed} delayed`, `${held} held`].join(", ");
}
