/** One worker with sixteen slots against sixteen workers. */

import type { TestQueue } from "../support/program.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { drainRate, startWorkers } from "./drain.ts";
import { hasProc, memoryMB } from "./proc.ts";
import { interleave, median, medianRatio, sum } from "./samples.ts";
import { StoreReader } from "./store_reader.ts";

export const concurrency: Benchmark = {
  name: "concurrency",
  summary: "one worker with 16 slots against 16 workers",
  async run(workshop) {
    const jobs = workshop.size(2000, 60);
    const slots = workshop.size(16, 4);
    const [one, many] = [await workshop.queue(), await workshop.queue()];
    await startWorkers(one, 1, slots);
    await startWorkers(many, slots);
    const samples = await interleave({
      one: () => drainRate(workshop, one, jobs),
      many: () => drainRate(workshop, many, jobs),
    }, workshop.size(3, 1));
    const memory = memoryRow(one, many);
    for (const queue of [one, many]) await workshop.done(queue);
    return [
      {
        what: `${jobs} no-op jobs, one worker --concurrency ${slots} / ${slots} workers`,
        figure: medianRatio(samples.one, samples.many),
        unit: "×",
        goal: { atLeast: 1 },
        note: `${median(samples.one).toFixed(0)} / ${median(samples.many).toFixed(0)} jobs/s`,
      },
      memory,
    ];
  },
};

function memoryRow(one: TestQueue, many: TestQueue): Row {
  const row = { what: "… memory (PSS), without supervisors", unit: "×", goal: { atMost: 0.1 } } as const;
  if (!hasProc) return { ...row, figure: null, note: "there is no /proc here" };
  const [own, others] = [workerMemory(one), workerMemory(many)];
  return { ...row, figure: own / others, note: `${own.toFixed(0)} / ${others.toFixed(0)} MB` };
}

function workerMemory(queue: TestQueue): number {
  using store = new StoreReader(queue);
  return sum(store.workerPids().map(memoryMB));
}
