import type { Probe } from "../store/store.ts";
import type { WorkerContext } from "./context.ts";

/** Cancels some of the jobs that have expired; returns after how many milliseconds to look for more. */
export async function expireSome(
  { store, machine }: Pick<WorkerContext, "store" | "machine">,
  { nextExpiryAt, now }: Pick<Probe, "nextExpiryAt" | "now">,
): Promise<number> {
  if (nextExpiryAt === null) return Infinity;
  if (nextExpiryAt > now) return nextExpiryAt - now;
  // Where there is none any more, another one is at it.
  if (await store.expireDue() === 0) return Infinity;
  machine.wake.wakeWaiters();
  return 0;
}
