import type { ServedQueue } from "../operations/served_queue.ts";
import type { Store } from "../store/store.ts";

/** The store, to change something; it is made where there is none. */
export async function writeStore(queue: ServedQueue): Promise<Store> {
  const store = await queue.store();
  if (store === null) throw new TypeError("a route that changes nothing asked for the store to write to");
  return store;
}
