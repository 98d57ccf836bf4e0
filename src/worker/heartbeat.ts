/** Renews the worker's one lease row, by a timer that nothing else of the worker holds up. */

import { messageOf, StoreUnavailable } from "../core/errors.ts";
import type { StopMode } from "../store/store.ts";
import type { WorkerContext } from "./context.ts";

export interface HeartbeatEvents {
  readonly onOrder: (order: StopMode) => void;
  /** The registration is gone: somebody took this worker for dead. Awaited. */
  readonly onLost: () => Promise<void>;
  /** A renewal could not be written. */
  readonly onFailure: () => void;
}

export class Heartbeat {
  readonly #context: WorkerContext;
  readonly #events: HeartbeatEvents;
  #timer: ReturnType<typeof setInterval> | undefined;
  #comingBack: Promise<void> | undefined;
  #isFailing = false;

  constructor(context: WorkerContext, events: HeartbeatEvents) {
    this.#context = context;
    this.#events = events;
  }

  start(): void {
    this.#timer = setInterval(() => void this.renew(), this.#context.settings.heartbeat);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Renews now. False where the lease is lost, or it cannot be known. Never throws. */
  async renew(): Promise<boolean> {
    const { store, log, workerId } = this.#context;
    try {
      const renewal = await store.renewWorker(workerId);
      if (this.#isFailing) log("renewing the lease: the store answers again");
      this.#isFailing = false;
      if (renewal === null) {
        await this.#comeBack(workerId);
        return false;
      }
      if (renewal.schemaChanged) this.#drainForNewerSchema();
      if (renewal.stop !== null) this.#events.onOrder(renewal.stop);
      return true;
    } catch (error) {
      this.#events.onFailure();
      if (!this.#isFailing) log(`renewing the lease: ${messageOf(error)}`);
      this.#isFailing = error instanceof StoreUnavailable;
      return false;
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
