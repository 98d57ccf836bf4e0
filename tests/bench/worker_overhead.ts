/** What a job costs the worker itself: a real worker and a real store, and runs that end at once. */

import process from "node:process";
import type { JobProcesses } from "../../src/core/ports.ts";
import { resolveSettings } from "../../src/core/settings.ts";
import type { Driver } from "../../src/store/sqlite/driver.ts";
import { realMachine } from "../../src/system/machine.ts";
import { Worker } from "../../src/worker/worker.ts";
import { newJob } from "../support/sample.ts";
import { openTestStore } from "../support/open_store.ts";

export interface Overhead {
  /** CPU time for each job, in milliseconds, in all threads. */
  readonly cpuMs: number;
  /** The part of it that the pretended wrapper took, which writes what a real one writes in its own process. */
  readonly pretenceMs: number;
  /** Wall-clock time for each job, in milliseconds. */
  readonly wallMs: number;
}

/** Has one worker settle so many jobs, after a tenth of them to warm up. */
export async function workerOverhead(home: string, jobs: number, driver: Driver): Promise<Overhead> {
  const path = `${home}/queue.sqlite`;
  const store = await openTestStore(path, { driver });
  const { values: settings } = resolveSettings({ flags: {}, environment: {}, file: {} });
  const pretence = new PretendedRuns();
  const real = realMachine({ home, mainModule: import.meta.url, env: Deno.env.toObject() });
  const machine = { ...real, processes: pretence.around(real.processes) };
  const worker = await Worker.create({
    store,
    machine,
    settings,
    currentSettings: () => settings,
    log: () => {},
    supervisorId: null,
    concurrency: 1,
    version: "bench",
  });
  const warmUp = Math.ceil(jobs / 10);
  const started = Promise.withResolvers<Mark>();
  pretence.at(warmUp, () => started.resolve(mark(pretence)));
  const ended = Promise.withResolvers<Mark>();
  pretence.at(warmUp + jobs, () => {
    ended.resolve(mark(pretence));
    worker.stop("drain");
  });
  await store.enqueue(Array.from({ length: warmUp + jobs + 1 }, (_, index) => newJob(`job-${index}`)));
  await worker.run();
  store.close();
  return perJob(await started.promise, await ended.promise, jobs);
}

/** Runs that end as soon as they begin, and leave what the wrapper leaves. */
class PretendedRuns {
  #count = 0;
  tookMs = 0;
  readonly #callbacks = new Map<number, () => void>();

  /** Calls back when that many runs have begun. */
  at(count: number, callback: () => void): void {
    this.#callbacks.set(count, callback);
  }

  around(real: JobProcesses): JobProcesses {
    return {
      ...real,
      start: ({ base }) => {
        const before = cpuTimeMs();
        for (const stream of ["out", "err"]) {
          Deno.openSync(`${base}.${stream}`, { write: true, create: true }).close();
        }
        Deno.writeTextFileSync(`${base}.id`, "4711 12345\n0\n", { createNew: true });
        this.tookMs += cpuTimeMs() - before;
        this.#callbacks.get(++this.#count)?.();
        const ended = Promise.resolve({ code: 0, signal: null });
        return Promise.resolve({ pid: 4711, ended, release() {} });
      },
    };
  }
}

interface Mark {
  readonly cpuMs: number;
  readonly pretenceMs: number;
  readonly wallMs: number;
}

function mark({ tookMs }: PretendedRuns): Mark {
  return { cpuMs: cpuTimeMs(), pretenceMs: tookMs, wallMs: performance.now() };
}

function cpuTimeMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function perJob(start: Mark, end: Mark, jobs: number): Overhead {
  const share = (name: keyof Mark): number => (end[name] - start[name]) / jobs;
  return { cpuMs: share("cpuMs"), pretenceMs: share("pretenceMs"), wallMs: share("wallMs") };
}
