import { QueueError, StoreUnavailable } from "../core/errors.ts";
import { expiryOf } from "../core/expiry.ts";
import type { Job } from "../core/job.ts";
import type { EndListener, Machine } from "../core/ports.ts";
import type { Store } from "../store/store.ts";
import { Bell } from "./bell.ts";
import { passOnAll } from "./pass_on.ts";

/** The time to the first look without a ring, in milliseconds; each later one takes twice as long. */
const firstLookMs = 1_000;

/**
 * Rings when jobs may have ended, on this host or another one. Below the rings is a net: a first look after a second,
 * since a job may be ending just while it is watched, then less and less often, down to every poll interval.
 */
export class EndBell {
  readonly #bell = new Bell();
  readonly #store: Store;
  readonly #machine: Pick<Machine, "isStoreInPlace" | "wake" | "chance">;
  readonly #pollMs: number;
  #listener: EndListener | null = null;
  #netMs = firstLookMs;
  /** How long after the last look the next of its jobs expires, in milliseconds. */
  #expiryMs = Infinity;
  #wasRung = false;
  /** Whether the jobs are yet to be watched, or to be watched again. */
  #mustWatch = true;

  constructor(store: Store, machine: Pick<Machine, "isStoreInPlace" | "wake" | "chance">, pollMs: number) {
    this.#store = store;
    this.#machine = machine;
    this.#pollMs = Math.max(pollMs, firstLookMs);
  }

  /** To be done before the first look, so that nothing is missed between. */
  async listen(): Promise<void> {
    this.#machine.isStoreInPlace();
    this.#listener = this.#machine.wake.listenForEnds(`e${this.#machine.chance.token(7)}`);
    this.#listener?.onWake(() => this.ring());
    // Where a pooler or a right that is missing is in the way, the net is left.
    await this.#store.onEnd(() => this.ring()).catch(() => {});
  }

  ring(): void {
    this.#wasRung = true;
    this.#bell.ring();
  }

  /** Looks at jobs, in the order of their ids. Throws where the store was taken away, or one of them was. */
  async look(jobs: readonly Pick<Job, "id" | "seq">[]): Promise<Job[]> {
    if (!this.#machine.isStoreInPlace()) {
      throw new StoreUnavailable("no_access", "Cannot go on waiting: the home was removed or replaced");
    }
    this.#listener?.arm();
    if (this.#mustWatch) await this.#watch(jobs);
    let found = await this.#find(jobs);
    if (found.some((job) => job.state === "blocked")) {
      await this.#tryTo(() => passOnAll(this.#store, this.#machine));
      found = await this.#find(jobs);
    }
    this.#expiryMs = await this.#msToExpiry(found);
    if (this.#expiryMs > 0) return found;
    this.#expiryMs = Infinity;
    await this.#expire();
    return await this.#find(jobs);
  }

  async #find(jobs: readonly Pick<Job, "id" | "seq">[]): Promise<Job[]> {
    const found = await this.#store.jobsOf(jobs.map((job) => job.id));
    return found.map((job, index) => {
      if (job !== null && job.seq === jobs[index]!.seq) return job;
      throw new QueueError("not_found", `Cannot go on waiting for job "${jobs[index]!.id}": it was removed`);
    });
  }

  /** Waits for a ring, the net, or at most so many milliseconds. */
  async wait(ms = Infinity): Promise<void> {
    const mostMs = Math.min(ms, this.#expiryMs);
    const isOfNet = this.#netMs <= mostMs;
    await this.#bell.wait(Math.min(mostMs, this.#netMs));
    if (isOfNet && !this.#wasRung) {
      this.#netMs = Math.min(2 * this.#netMs, this.#pollMs);
      // A job that ended and was made pending again is watched by nobody any more.
      this.#mustWatch = true;
    }
    this.#wasRung = false;
  }

  async #watch(jobs: readonly Pick<Job, "seq">[]): Promise<void> {
    try {
      await this.#store.watchEnds(jobs.map((job) => job.seq));
      this.#mustWatch = false;
    } catch {
      // If the store does not serve, the look itself will say so.
    }
  }

  async #msToExpiry(jobs: readonly Job[]): Promise<number> {
    const next = jobs.reduce((least, job) => Math.min(least, expiryOf(job) ?? Infinity), Infinity);
    return next === Infinity ? Infinity : Math.max(0, next - await this.#store.now());
  }

  async #expire(): Promise<void> {
    await this.#tryTo(async () => {
      while (await this.#store.expireDue() > 0) this.#machine.wake.wakeWaiters();
      await passOnAll(this.#store, this.#machine);
    });
  }

  /** There may be no worker to cancel what has expired, or waits in vain, so who waits for it does. */
  async #tryTo(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch {
      // A store that is only to be read, or whose queue is being moved: the job waits on, as it is shown.
    }
  }

  close(): void {
    this.#listener?.close();
  }
}
