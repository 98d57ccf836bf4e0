/** Renews the worker's one lease row, by a timer that nothing else of the worker holds up. */

import type { StopMode } from "../store/store.ts";
import type { WorkerContext } from "./context.ts";

/** `unknown`: the store does not answer, so whether the lease still holds cannot be told. */
export type Renewed = "held" | "lost" | "unknown";

const what = "renewing the lease";

export interface HeartbeatEvents {
  readonly onOrder: (order: StopMode) => void;
  /** The registration is gone: somebody took this worker for dead. Awaited. */
  readonly onLost: () => Promise<void>;
}

export class Heartbeat {
  readonly #context: WorkerContext;
  readonly #events: HeartbeatEvents;
  #timer: ReturnType<typeof setInterval> | undefined;
  #comingBack: Promise<void> | undefined;
  #isStopped = false;
  readonly #underway = new Set<Promise<Renewed>>();
  #renewedAt: number;

  constructor(context: WorkerContext, events: HeartbeatEvents) {
    this.#context = context;
    this.#events = events;
    this.#renewedAt = context.machine.clock.monotonic();
  }

  /** Milliseconds since this worker could last write. */
  get silenceMs(): number {
    return this.#context.machine.clock.monotonic() - this.#renewedAt;
  }

  start(): void {
    this.#timer = setInterval(() => void this.renew(), this.#context.settings.heartbeat);
  }

  /** Renews no more, and waits for a renewal that is under way, so that nobody who leaves comes back by it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await Promise.allSettled(this.#underway);
  }

  /** Renews now. Never throws. */
  renew(): Promise<Renewed> {
    if (this.#isStopped) return Promise.resolve("unknown");
    const renewal = this.#renew();
    this.#underway.add(renewal);
    void renewal.finally(() => this.#underway.delete(renewal));
    return renewal;
  }

  async #renew(): Promise<Renewed> {
    const { store, trouble, workerId } = this.#context;
    try {
      const renewal = await store.renewWorker(workerId);
      trouble.over(what);
      if (renewal === null && this.#isStopped) return "lost";
      if (renewal === null) {
        await this.#comeBack(workerId);
        return "lost";
      }
      if (renewal.schemaChanged) this.#drainForNewerSchema();
      if (renewal.stop !== null) this.#events.onOrder(renewal.stop);
      this.#renewedAt = this.#context.machine.clock.monotonic();
      return "held";
    } catch (error) {
      trouble.met(what, error);
      return "unknown";
    }
  }

  #drainForNewerSchema(): void {
    this.#context.log("the store was migrated by a newer queuectl");
    this.#events.onOrder("drain");
  }

  /** Once for each lost registration, however many calls notice it. */
  async #comeBack(lostId: string): Promise<void> {
    if (this.#comingBack === undefined && this.#context.workerId === lostId) {
      this.#comingBack = this.#events.onLost().finally(() => this.#comingBack = undefined);
    }
    await this.#comingBack;
  }
}
