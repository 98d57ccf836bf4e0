import type { Store } from "../store/store.ts";

/** Takes a webhook away from the queues that have it; returns their names. */
export async function turnWebhookOff(store: Store, url: string): Promise<string[]> {
  const names = (await store.queues()).filter(({ queue }) => queue.webhook === url).map(({ queue }) =>
    queue.name
  );
  for (const name of names) await store.changeQueue(name, { webhook: null });
  return names;
}
