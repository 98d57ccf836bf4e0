/** A steady rate of jobs: memory and open files of the supervisor and its workers stay flat, and the log bounded. */

import { TestQueue } from "../support/program.ts";
import { Background, pause } from "./background.ts";
import { drain } from "./drain.ts";
import { judge } from "./judge.ts";
import { jobLines } from "./ledger.ts";
import { type ProcessSample, sampleProcesses } from "./process_sample.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { SqliteView } from "./sqlite_view.ts";
import type { StoreView } from "./store_view.ts";

const workerCount = 2;
const jobsPerSecond = 20;
/** Twice what the log may grow to before it is brought into the database file. */
const logLimitBytes = 8_000_000;
/** Memory is compared with that after the first minute, and only where there is as much time again. */
const warmUpMs = 60_000;
const leastGrowthWindowMs = 60_000;
const growthLimit = 1.05;
const tableRows = 12;

export const soak: Scenario = {
  name: "soak",
  summary: "memory and open files stay flat at a steady rate of jobs, and the write-ahead log bounded",
  goesByTime: true,
  async run(trial) {
    await using queue = await TestQueue.create();
    await queue.ok("worker", "start", `--count=${workerCount}`);
    using view = new SqliteView(queue.home);
    await new Soak(queue, view, trial).run();
  },
};

interface Sample {
  readonly atMs: number;
  readonly jobs: number;
  readonly processes: readonly ProcessSample[];
  readonly logBytes: number;
}

class Soak {
  readonly #queue: TestQueue;
  readonly #view: StoreView;
  readonly #trial: Trial;
  readonly #samples: Sample[] = [];
  readonly #ids: string[] = [];
  readonly #startedAt = performance.now();

  constructor(queue: TestQueue, view: StoreView, trial: Trial) {
    this.#queue = queue;
    this.#view = view;
    this.#trial = trial;
  }

  async run(): Promise<void> {
    const pids = [...await this.#view.supervisors(), ...await this.#view.workers()].map((each) => each.pid);
    const everyMs = Math.max(500, Math.min(5000, this.#trial.seconds * 10));
    const sampling = new Background(() => this.#sample(pids), () => everyMs);
    const enqueueing = new Background(() => this.#enqueue(), () => this.#untilNextBatchMs());
    try {
      const until = this.#startedAt + this.#trial.seconds * 1000;
      while (performance.now() < until) {
        sampling.check();
        enqueueing.check();
        await pause(100);
      }
    } finally {
      await Promise.allSettled([enqueueing.stop(), sampling.stop()]);
    }
    enqueueing.check();
    sampling.check();
    await drain({ queue: this.#queue, view: this.#view, trial: this.#trial, patienceMs: 60_000 });
    for (const line of formatTable(this.#samples)) this.#trial.say(line);
    this.#judgeSamples(pids);
    const acknowledged = this.#ids;
    await judge({ view: this.#view, ledger: this.#queue.path("ledger"), acknowledged }, this.#trial);
  }

  async #enqueue(): Promise<void> {
    const from = this.#ids.length;
    const deeds = Array.from({ length: jobsPerSecond }, (_, index) => ({
      id: `j${from + index}`,
      seconds: 0,
      failures: 0,
    }));
    const stdin = jobLines(deeds, this.#queue.path("ledger"));
    const { code, stderr } = await this.#queue.call(["enqueue", "-"], { stdin });
    if (code !== 0) throw new Error(`enqueue: exit ${code}\n${stderr}`);
    this.#ids.push(...deeds.map((deed) => deed.id));
  }

  #untilNextBatchMs(): number {
    const dueAt = this.#startedAt + (this.#ids.length / jobsPerSecond) * 1000;
    return Math.max(0, dueAt - performance.now());
  }

  async #sample(pids: readonly number[]): Promise<void> {
    const processes = await sampleProcesses(pids);
    if (processes.length < pids.length) {
      throw new Error(`of the processes ${pids.join(", ")} some have ended\n${this.#queue.log()}`);
    }
    const { size } = await Deno.stat(`${this.#queue.home}/queue.sqlite-wal`);
    const atMs = performance.now() - this.#startedAt;
    this.#samples.push({ atMs, jobs: this.#ids.length, processes, logBytes: size });
  }

  #judgeSamples(pids: readonly number[]): void {
    const largestLog = Math.max(...this.#samples.map((sample) => sample.logBytes));
    if (largestLog > logLimitBytes) throw new Error(`the write-ahead log grew to ${largestLog} bytes`);
    this.#trial.checked("the write-ahead log is bounded", this.#samples.length);
    for (const pid of pids) {
      this.#judgeFiles(pid);
      this.#judgeMemory(pid);
    }
  }

  #judgeFiles(pid: number): void {
    const counts = this.#of(pid, (process) => process.files);
    const half = Math.ceil(counts.length / 2);
    const first = Math.max(...counts.slice(0, half));
    const last = Math.min(...counts.slice(half));
    if (last > first) throw new Error(`process ${pid} never has less than ${last} open files after ${first}`);
    this.#trial.checked("open files stay flat", counts.length);
  }

  #judgeMemory(pid: number): void {
    const durationMs = this.#samples.at(-1)!.atMs;
    if (durationMs < warmUpMs + leastGrowthWindowMs) return;
    const warm = this.#samples.filter((sample) => sample.atMs >= warmUpMs);
    const memory = this.#of(pid, (process) => process.rssKb, warm);
    const fifth = Math.max(1, Math.floor(memory.length / 5));
    const growth = median(memory.slice(-fifth)) / median(memory.slice(0, fifth));
    this.#trial.say(`process ${pid}: memory after the first minute grew to ${growth.toFixed(3)} times`);
    if (growth > growthLimit) {
      throw new Error(`the memory of process ${pid} grew to ${growth.toFixed(3)} times`);
    }
    this.#trial.checked("memory grows by less than 5 % after the first minute", memory.length);
  }

  #of(
    pid: number,
    read: (process: ProcessSample) => number,
    samples: readonly Sample[] = this.#samples,
  ): number[] {
    return samples.map((sample) => read(sample.processes.find((process) => process.pid === pid)!));
  }
}

/** The supervisor and then its workers, as resident/proportional memory in MB and open files. */
function formatTable(samples: readonly Sample[]): string[] {
  const step = Math.max(1, Math.floor(samples.length / tableRows));
  const rows = samples.filter((_, index) => index % step === 0).map(({ atMs, jobs, processes, logBytes }) => {
    const cells = processes.map(({ rssKb, anonymousKb, files }) =>
      `${(rssKb / 1024).toFixed(1)} MB, ${(anonymousKb / 1024).toFixed(1)} of its own, ${files} files`
        .padStart(36)
    );
    const log = `${(logBytes / 1e6).toFixed(1)} MB`;
    return `${`${Math.round(atMs / 1000)} s`.padStart(7)} ${String(jobs).padStart(7)} ${log.padStart(8)}${
      cells.join("")
    }`;
  });
  return [
    `   time    jobs      log   supervisor, then workers: resident memory, what of it no file backs, open files`,
    ...rows,
  ];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
