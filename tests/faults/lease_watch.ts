/**
 * Looks at leases while they are fought over. A token belongs to one worker and one run; tokens and run numbers only
 * grow; one run of a job is open at most; a settled run carries its last token and never changes again.
 */

import type { Trial } from "./scenario.ts";
import type { JobRow, RunRow, StoreView } from "./store_view.ts";

interface Lease {
  readonly workerId: string | null;
  readonly token: number;
  readonly run: number;
}

export class LeaseWatch {
  readonly #view: StoreView;
  readonly #trial: Trial;
  readonly #leases = new Map<number, Lease>();
  readonly #settled = new Map<string, string>();
  #changesOfHands = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(view: StoreView, trial: Trial) {
    this.#view = view;
    this.#trial = trial;
  }

  /** How often a run was seen to go on in another worker's hands. */
  get changesOfHands(): number {
    return this.#changesOfHands;
  }

  /** A quick look at what is processed now. */
  async glance(): Promise<void> {
    const jobs = await this.#inTurn(() => this.#view.processing());
    for (const job of jobs) this.#seeLease(job);
    this.#trial.checked(
      "a token is one worker's and one run's; tokens and run numbers only grow",
      jobs.length,
    );
  }

  /** A look at every job and run. */
  async survey(): Promise<void> {
    const { jobs, runs } = await this.#inTurn(() => this.#view.everything());
    const open = new Map<number, number>();
    for (const run of runs) {
      if (run.outcome === null) open.set(run.jobSeq, (open.get(run.jobSeq) ?? 0) + 1);
      else this.#seeSettled(run);
    }
    for (const job of jobs) {
      if (job.state === "processing") this.#seeLease(job);
      const expected = job.state === "processing" ? 1 : 0;
      const found = open.get(job.seq) ?? 0;
      if (found !== expected) throw new Error(`job ${job.id} is ${job.state} with ${found} open runs`);
    }
    this.#trial.checked("one open run of a processing job, none of any other", jobs.length);
    this.#trial.checked("a settled run carries its last token and never changes", runs.length);
  }

  /** What was read first is also looked at first. */
  #inTurn<T>(read: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(read);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #seeLease(job: JobRow): void {
    const before = this.#leases.get(job.seq);
    const now: Lease = { workerId: job.workerId, token: job.token, run: job.runCount };
    this.#leases.set(job.seq, now);
    if (before === undefined || isSuccessor(before, now)) {
      if (before?.run === now.run && before.token !== now.token) this.#changesOfHands++;
      return;
    }
    throw new Error(
      `the lease of job ${job.id} went from ${JSON.stringify(before)} to ${JSON.stringify(now)}`,
    );
  }

  #seeSettled(run: RunRow): void {
    const key = `${run.jobSeq}/${run.number}`;
    const before = this.#settled.get(key);
    if (before !== undefined && before !== run.text) {
      throw new Error(`a settled run changed from ${before} to ${run.text}`);
    }
    this.#settled.set(key, run.text);
    const lease = this.#leases.get(run.jobSeq);
    if (lease?.run === run.number && run.token < lease.token) {
      throw new Error(`a run was settled under token ${run.token} after ${lease.token}: ${run.text}`);
    }
  }
}

function isSuccessor(before: Lease, now: Lease): boolean {
  if (now.token === before.token) return now.workerId === before.workerId && now.run === before.run;
  return now.token > before.token && now.run >= before.run;
}
