/** How the drain rate depends on the jobs in the store and on the number of workers. */

import type { Benchmark, Row } from "./benchmark.ts";
import { drainRate, startWorkers } from "./drain.ts";
import { fillStore } from "./filled_store.ts";
import { median } from "./samples.ts";
import type { Workshop } from "./workshop.ts";

export const scaling: Benchmark = {
  name: "scaling",
  summary: "drain rate by jobs in the store and workers; takes long",
  isExtra: true,
  async run(workshop) {
    const sizes = workshop.quick ? [1e3, 1e4] : [1e3, 1e4, 1e5, 1e6];
    const crews = workshop.quick ? [1, 4] : [1, 2, 4, 8, 16, 32];
    const rows: Row[] = [];
    for (const size of sizes) {
      for (const workers of crews) rows.push(await drainWith(workshop, size, workers));
    }
    return rows;
  },
};

async function drainWith(workshop: Workshop, size: number, workers: number): Promise<Row> {
  workshop.say(`${size} jobs in the store, ${workers} workers`);
  const queue = await workshop.queue();
  // A tenth each waits for its time or for others.
  await fillStore(queue, { finished: size * 0.8, delayed: size * 0.1, held: size * 0.1 });
  await startWorkers(queue, workers);
  const rates: number[] = [];
  for (let round = 0; round < workshop.size(3, 1); round++) {
    rates.push(await drainRate(workshop, queue, workshop.size(1000, 200)));
  }
  await workshop.done(queue);
  return {
    what: `drain rate: ${size} jobs in the store, ${workers} worker${workers === 1 ? "" : "s"}`,
    figure: median(rates),
    unit: "jobs/s",
    goal: null,
  };
}
