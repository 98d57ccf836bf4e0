/** Enqueueing a large file, against a bare loop of the same INSERT on the same driver. */

import type { Benchmark } from "./benchmark.ts";
import { driverOf, measureInside } from "./inside.ts";
import { jobIdOf } from "./insert_loop.ts";
import { interleave, median, medianRatio } from "./samples.ts";
import type { Workshop } from "./workshop.ts";

export const bulk: Benchmark = {
  name: "bulk",
  summary: "enqueue --file, durable, and against a bare INSERT loop",
  async run(workshop) {
    const jobs = workshop.size(1_000_000, 20_000);
    const file = workshop.path("bulk.jsonl");
    await writeLines(file, jobs);
    const driver = await driverOf(workshop);
    const samples = await interleave({
      enqueue: () => enqueueRate(workshop, file, jobs),
      loop: () => loopRate(workshop, jobs, driver),
    }, workshop.size(3, 1));
    await Deno.remove(file);
    const lines = jobs.toLocaleString("en");
    return [
      {
        what: `enqueue --file of ${lines} lines, whole process`,
        figure: median(samples.enqueue),
        unit: "jobs/s",
        goal: { atLeast: 100_000 },
      },
      {
        what: "… / bare INSERT loop, same statement, schema and driver",
        figure: medianRatio(samples.enqueue, samples.loop),
        unit: "×",
        goal: { atLeast: 0.6 },
        note: `the loop: ${median(samples.loop).toFixed(0)} jobs/s`,
      },
    ];
  },
};

async function writeLines(path: string, jobs: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const encoder = new TextEncoder();
  for (let first = 1; first <= jobs; first += 10_000) {
    const numbers = Array.from({ length: Math.min(10_000, jobs - first + 1) }, (_, index) => first + index);
    const text = numbers.map((number) => `{"id":"${jobIdOf(number)}","command":":"}\n`).join("");
    const bytes = encoder.encode(text);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  }
}

async function enqueueRate(workshop: Workshop, file: string, jobs: number): Promise<number> {
  const queue = await workshop.queue();
  const options = { env: workshop.environment(queue) };
  const ms = await workshop.time(await workshop.binary(), ["enqueue", "--file", file], options);
  await workshop.done(queue);
  return jobs / ms * 1000;
}

async function loopRate(workshop: Workshop, jobs: number, driver: string): Promise<number> {
  const home = await Deno.makeTempDir({ dir: workshop.folder });
  const rate = await measureInside<number>(workshop, ["insert", home, String(jobs), driver]);
  await Deno.remove(home, { recursive: true });
  return rate;
}
