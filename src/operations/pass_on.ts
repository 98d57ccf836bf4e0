import { StoreUnavailable } from "../core/errors.ts";
import type { Machine } from "../core/ports.ts";
import { deliveryOf } from "../core/webhook_delivery.ts";
import type { PassedOn, Store } from "../store/store.ts";
import { webhookBody } from "./webhook_event.ts";

export interface PassedOnSome extends PassedOn {
  /** How many jobs tell webhooks of ends. */
  readonly deliveries: number;
}

/** Passes a batch of ends on to those that wait for them and to webhooks, and wakes who has to do with it. */
export async function passOnSome(store: Store, machine: Pick<Machine, "wake">): Promise<PassedOnSome> {
  const passed = await store.passOnEnds();
  const deliveries = await store.passOnWebhooks((event) => deliveryOf(event, webhookBody(event)));
  // Which of them offers the tags that they need, nobody here knows.
  if (passed.opened + deliveries > 0) machine.wake.wakeIdle(Infinity);
  if (passed.ended > 0) machine.wake.wakeWaiters();
  return { ...passed, deliveries, hasMore: passed.hasMore || deliveries > 0 };
}

/**
 * Passes on all that there is, after a change that somebody asked for and that is made. Should the store not serve any
 * more, workers go on with it.
 */
export async function passOnAll(store: Store, machine: Pick<Machine, "wake">): Promise<void> {
  try {
    for (let hasMore = true; hasMore;) {
      const passed = await passOnSome(store, machine);
      // Workers that have no slot left for jobs have some for these.
      if (passed.deliveries > 0) machine.wake.wakeAll();
      hasMore = passed.hasMore;
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
  }
}
