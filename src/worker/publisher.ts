/** Stores what running jobs write while somebody reads along from another host, who cannot see their files. */

import { isSameRun, type StreamTail } from "../core/run.ts";
import type { Claimed, RunRequest } from "../store/store.ts";
import { sleep, type WorkerContext } from "./context.ts";
import { collectOutput } from "./output.ts";

/** How often at most the output of a run is stored, in milliseconds. */
const publishEveryMs = 1_000;

export class Publisher {
  readonly #context: WorkerContext;
  readonly #inHand: () => Iterable<Claimed>;
  #publishing: Promise<void> | undefined;

  constructor(context: WorkerContext, inHand: () => Iterable<Claimed>) {
    this.#context = context;
    this.#inHand = inHand;
  }

  /** Publishes what is watched, until nothing is any more; `requests` is what is asked now. */
  start(requests: readonly RunRequest[]): void {
    const { store, trouble } = this.#context;
    if (!store.info.isShared) return;
    const what = "storing the output of running jobs";
    this.#publishing ??= this.#publishWhileWatched(requests)
      .then(() => trouble.over(what), (error) => trouble.met(what, error))
      .finally(() => this.#publishing = undefined);
  }

  async #publishWhileWatched(first: readonly RunRequest[]): Promise<void> {
    const { store } = this.#context;
    const stored = new Map<string, number>();
    for (let requests = first;; requests = await store.requests(this.#context.workerId)) {
      const found = [...this.#inHand()].filter((claimed) =>
        requests.some(({ isWatched, run }) => isWatched && isSameRun(run, claimed.run))
      );
      if (found.length === 0) return;
      for (const claimed of found) await this.#publish(claimed, stored);
      await sleep(publishEveryMs);
    }
  }

  /** `stored`: how much was written of each run when its tails were stored. */
  async #publish({ run, mark }: Claimed, stored: Map<string, number>): Promise<void> {
    const { store, machine, currentSettings } = this.#context;
    const base = machine.runs.base(run.jobSeq, run.number, mark);
    const { stdout, stderr } = collectOutput(machine.runs, base, currentSettings().output_limit);
    const bytes = stdout.bytes + stderr.bytes;
    const name = `${run.jobSeq} ${run.number}`;
    const isNew = stored.get(name) !== bytes;
    const part = (stream: StreamTail) => isNew ? stream : { ...stream, tail: new Uint8Array() };
    if (await store.publishOutput(run, { stdout: part(stdout), stderr: part(stderr) })) {
      stored.set(name, bytes);
    }
  }
}
