/**
 * The rules of claims, so plain that they can be read: an array of jobs that a claim filters and sorts. What a store
 * does with indexes, gates and locks must come to the same.
 */

import { couldEverFit, type Demand, type Offer, type Resources } from "../../src/core/demand.ts";
import { hasExpired } from "../../src/core/expiry.ts";
import { type JobState, type NewJob, sortAt } from "../../src/core/job.ts";
import { isMatch, plainQueue, type Queue } from "../../src/core/queue.ts";
import { changedQueue, type QueueChange } from "../../src/core/queue_change.ts";
import type { Outcome } from "../../src/core/run.ts";
import { afterCancelledRun, afterRun } from "../../src/core/transitions.ts";

export interface ModelJob extends Demand {
  readonly id: string;
  readonly seq: number;
  queue: string;
  readonly key: string | null;
  priority: number;
  readonly priorityStepMs: number;
  readonly maxRetries: number;
  readonly rules: null;
  state: JobState;
  runAt: number;
  expiresAt: number | null;
  attempts: number;
  crashes: number;
  snoozes: number;
  runCount: number;
  isCancelRequested: boolean;
  /** While it runs: who holds it, and on which host it began. */
  worker: string | null;
  host: string | null;
}

export interface ModelWorker extends Offer {
  readonly id: string;
  readonly host: string;
}

export interface ModelClaim {
  readonly worker: ModelWorker;
  readonly queues: readonly string[];
  readonly slots: number;
}

export class LimitModel {
  readonly jobs: ModelJob[] = [];
  readonly queues = new Map<string, Queue>();
  readonly #starts = new Map<string, number[]>();
  #seq = 0;
  now: number;

  constructor(now: number) {
    this.now = now;
  }

  add(job: NewJob, at: { readonly runAt: number; readonly expiresAt: number | null }): void {
    const { id, queue, key, priority, priorityStepMs, maxRetries, needs, slots, resources } = job;
    this.jobs.push({
      ...{ id, queue, key, priority, priorityStepMs, maxRetries, needs, slots, resources, ...at },
      ...{
        seq: this.#seq++,
        rules: null,
        state: "pending",
        attempts: 0,
        crashes: 0,
        snoozes: 0,
        runCount: 0,
      },
      ...{ isCancelRequested: false, worker: null, host: null },
    });
  }

  job(id: string): ModelJob | undefined {
    return this.jobs.find((job) => job.id === id);
  }

  /** Who begins next, in this order. */
  choose({ worker, queues, slots }: ModelClaim): ModelJob[] {
    const tier = (job: ModelJob) => queues.findIndex((pattern) => isMatch(pattern, job.queue));
    const candidates = this.#ready()
      .filter((job) => tier(job) !== -1 && couldEverFit(job, worker) && this.#isOpen(job.queue))
      .toSorted((one, other) =>
        tier(one) - tier(other) || sortAt(one.runAt, one) - sortAt(other.runAt, other) || one.seq - other.seq
      );
    const chosen: ModelJob[] = [];
    const lacking = new Set<string>();
    let free = slots;
    for (const job of candidates) {
      if (free === 0) break;
      if (chosen.filter(({ queue }) => queue === job.queue).length >= this.#roomOf(job.queue)) continue;
      const wanted = Object.entries(job.resources);
      if (wanted.some(([name]) => lacking.has(name))) continue;
      const left = this.#leftOf(worker, chosen);
      const short = wanted.filter(([name, amount]) => amount > (left[name] ?? 0));
      for (const [name] of short) lacking.add(name);
      if (short.length > 0) continue;
      if (job.slots > free) break;
      free -= job.slots;
      chosen.push(job);
    }
    return chosen;
  }

  /** What keeps a job from being begun by a worker, or null. For a store that may hand out less than it could. */
  objection(job: ModelJob, { worker, queues }: ModelClaim): string | null {
    const { keyLimit = null } = this.queues.get(job.queue) ?? {};
    const left = this.#leftOf(worker, []);
    if (job.state !== "pending" || job.runAt > this.now) return "it does not wait to be begun";
    if (hasExpired(job, this.now)) return "it has expired";
    if (!queues.some((pattern) => isMatch(pattern, job.queue))) return "its queue was not asked for";
    if (!couldEverFit(job, worker)) return "it does not fit the worker";
    if (!this.#isOpen(job.queue) || this.#roomOf(job.queue) <= 0) return "its queue has no room";
    if (job.key !== null && keyLimit !== null && this.#liveOfKey(job) >= keyLimit) {
      return "its key has no room";
    }
    return Object.entries(job.resources).some(([name, amount]) => amount > (left[name] ?? 0))
      ? "its host lacks what it takes"
      : null;
  }

  begin(job: ModelJob, { id, host }: ModelWorker): void {
    Object.assign(job, { state: "processing", worker: id, host, runCount: job.runCount + 1 });
    const rate = this.queues.get(job.queue)?.rate;
    if (rate == null) return;
    const starts = [...this.#starts.get(job.queue) ?? [], this.now].slice(-rate.count);
    this.#starts.set(job.queue, starts);
  }

  settle(job: ModelJob, outcome: Outcome): void {
    const exitCode = outcome === "completed" ? 0 : outcome === "failed" ? 1 : null;
    const backoff = { waits: "exponential", base: 2, maxMs: null, jitter: 0 } as const;
    const step = afterRun(job, { outcome, exitCode }, { now: this.now, backoff, chance: 0.5 });
    const { state, attempts, crashes, snoozes, runAt } = job.isCancelRequested
      ? afterCancelledRun(step)
      : step;
    Object.assign(job, {
      state,
      attempts,
      crashes,
      snoozes,
      runAt: runAt ?? job.runAt,
      worker: null,
      host: null,
    });
  }

  cancel(job: ModelJob): void {
    if (job.state === "pending") job.state = "cancelled";
    else if (job.state === "processing") job.isCancelRequested = true;
  }

  remove(job: ModelJob): void {
    if (job.state !== "processing") this.jobs.splice(this.jobs.indexOf(job), 1);
  }

  retry(job: ModelJob): void {
    if (job.state === "processing") return;
    if (job.state !== "pending") {
      Object.assign(job, { attempts: 0, crashes: 0, snoozes: 0, isCancelRequested: false, state: "pending" });
    }
    job.runAt = this.now;
    if (job.expiresAt !== null && job.expiresAt <= this.now) job.expiresAt = null;
  }

  expire(): number {
    const over = this.expired();
    for (const job of over) job.state = "cancelled";
    return over.length;
  }

  expired(): ModelJob[] {
    return this.jobs.filter((job) => hasExpired(job, this.now));
  }

  change(name: string, change: QueueChange): void {
    const queue = changedQueue(this.queues.get(name) ?? plainQueue(name), change, this.now);
    this.queues.set(name, queue);
    const kept = queue.rate?.count ?? 0;
    this.#starts.set(name, kept === 0 ? [] : (this.#starts.get(name) ?? []).slice(-kept));
  }

  /** Whether a queue has jobs or settings. */
  isKnown(name: string): boolean {
    const queue = { ...this.queues.get(name) ?? plainQueue(name) };
    const isPlain = JSON.stringify(queue) === JSON.stringify(plainQueue(name));
    return !isPlain || this.jobs.some((job) => job.queue === name);
  }

  rename(from: string, to: string): void {
    for (const job of this.jobs) if (job.queue === from) job.queue = to;
    const queue = this.queues.get(from);
    if (queue === undefined) this.queues.delete(to);
    else this.queues.set(to, { ...queue, name: to });
    this.#starts.set(to, this.#starts.get(from) ?? []);
    this.#starts.delete(from);
    this.queues.delete(from);
  }

  heldBy(worker: string): ModelJob[] {
    return this.jobs.filter((job) => job.worker === worker);
  }

  /** Of a key with a limit those that arrived first, as many as may start; of others all that are due. */
  #ready(): ModelJob[] {
    const due = this.jobs.filter((job) => job.state === "pending" && job.runAt <= this.now)
      .toSorted((one, other) => one.seq - other.seq);
    const isSame = (one: ModelJob, other: ModelJob) => one.queue === other.queue && one.key === other.key;
    return due.filter((job) => {
      const { keyLimit = null } = this.queues.get(job.queue) ?? {};
      if (job.key === null || keyLimit === null) return true;
      const before = due.filter((other) => isSame(job, other) && other.seq < job.seq);
      return before.length < keyLimit - this.#liveOfKey(job);
    });
  }

  #isOpen(name: string): boolean {
    return this.queues.get(name)?.state !== "paused";
  }

  #roomOf(name: string): number {
    const { limit = null, rate = null, throttledUntil = null } = this.queues.get(name) ?? {};
    if (throttledUntil !== null && throttledUntil > this.now) return 0;
    const live = this.jobs.filter(({ queue, state }) => queue === name && state === "processing").length;
    const started = rate === null
      ? 0
      : (this.#starts.get(name) ?? []).filter((at) => at > this.now - rate.perMs).length;
    return Math.min(
      limit === null ? Infinity : limit - live,
      rate === null ? Infinity : rate.count - started,
    );
  }

  #liveOfKey(job: ModelJob): number {
    return this.jobs.filter(({ queue, key, state }) =>
      queue === job.queue && key === job.key && state === "processing"
    ).length;
  }

  #leftOf({ resources, host }: ModelWorker, more: readonly ModelJob[]): Resources {
    const left: Record<string, number> = { ...resources };
    for (const job of [...this.jobs.filter((each) => each.host === host), ...more]) {
      for (const [name, amount] of Object.entries(job.resources)) left[name] = (left[name] ?? 0) - amount;
    }
    return left;
  }
}
