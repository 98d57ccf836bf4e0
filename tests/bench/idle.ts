/** What workers cost while there is nothing to do. */

import type { Benchmark } from "./benchmark.ts";
import { startWorkers } from "./drain.ts";
import { cpuSeconds, hasProc, memoryMB } from "./proc.ts";
import { sum } from "./samples.ts";
import { StoreReader } from "./store_reader.ts";

const workers = 3;

export const idle: Benchmark = {
  name: "idle",
  summary: "CPU and memory of 3 idle workers with their supervisor",
  async run(workshop) {
    const cpu = "3 idle workers with their supervisor, together, of one core";
    const memory = "… memory (PSS) per process / a hello world that waits";
    const goals = { cpu: { atMost: 1 }, memory: { atMost: 1.15 } };
    if (!hasProc) {
      const note = "there is no /proc here";
      return [
        { what: cpu, figure: null, unit: "%", goal: goals.cpu, note },
        { what: memory, figure: null, unit: "×", goal: goals.memory, note },
      ];
    }
    const queue = await workshop.queue();
    const hello = await workshop.hello();
    await startWorkers(queue, workers);
    const pids = pidsOf(queue);
    // As many, since what processes of one program have in common is shared out among them.
    const hellos = pids.map(() => workshop.start(hello, ["idle"]));
    await sleep(workshop.size(10_000, 500));
    const seconds = workshop.size(30, 3);
    const helloPids = hellos.map((child) => child.pid);
    const [share, helloShare] = await Promise.all([cpuShare(pids, seconds), cpuShare(helloPids, seconds)]);
    const [own, others] = [sum(pids.map(memoryMB)), sum(helloPids.map(memoryMB))];
    for (const child of hellos) child.kill("SIGKILL");
    await workshop.done(queue);
    return [
      {
        what: cpu,
        figure: share * 100,
        unit: "%",
        goal: goals.cpu,
        note: `over ${seconds} s; as many hello worlds with a timer of 1 s: ${
          (helloShare * 100).toFixed(2)
        } %`,
      },
      {
        what: memory,
        figure: own / others,
        unit: "×",
        goal: goals.memory,
        note: `${(own / pids.length).toFixed(1)} / ${(others / pids.length).toFixed(1)} MB`,
      },
    ];
  },
};

function pidsOf(queue: ConstructorParameters<typeof StoreReader>[0]): number[] {
  using store = new StoreReader(queue);
  return [...store.workerPids(), ...store.supervisorPids()];
}

/** The share of one core that processes use together, over some seconds. */
async function cpuShare(pids: readonly number[], seconds: number): Promise<number> {
  const before = sum(pids.map(cpuSeconds));
  const startedAt = performance.now();
  await sleep(seconds * 1000);
  return (sum(pids.map(cpuSeconds)) - before) / ((performance.now() - startedAt) / 1000);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
