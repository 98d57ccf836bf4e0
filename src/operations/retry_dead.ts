import { QueueError } from "../core/errors.ts";
import type { Machine } from "../core/ports.ts";
import type { Store } from "../store/store.ts";

/** Makes dead jobs pending again, attempts reset, history kept. Stops at the first that cannot be: throws. */
export async function retryDead(
  store: Store,
  machine: Pick<Machine, "wake">,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) {
    const found = await store.retryDead(id);
    if (found === null) {
      throw new QueueError("not_found", `Cannot retry job "${id}": there is no such job`, {
        hint: "See the dead letter queue: queuectl dlq list",
      });
    }
    if (found !== "dead") {
      throw new QueueError(
        "refused",
        `Cannot retry job "${id}" from the dead letter queue: it is ${found}, not dead`,
        {
          hint: `Look at it: queuectl show ${id}`,
        },
      );
    }
    // Which of them offers the tags that it needs, nobody here knows.
    machine.wake.wakeIdle(Infinity);
  }
}

/** The same for every dead job; returns how many. */
export async function retryAllDead(store: Store, machine: Pick<Machine, "wake">): Promise<number> {
  const count = await store.retryAllDead();
  machine.wake.wakeIdle(Infinity);
  return count;
}
