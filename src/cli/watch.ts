/**
 * Shows something again and again, at the pace that was asked for. Nothing wakes it: by files no wake-up can be had in
 * a process that has the store open, since Deno opens and closes a file of which it tells, and the system then drops
 * the locks that this process has on it.
 */

import { StoreUnavailable } from "../core/errors.ts";
import { Bell } from "../operations/bell.ts";
import { Outage } from "../operations/outage.ts";
import type { Store } from "../store/store.ts";
import { endSignals, onInterrupt } from "./interrupt.ts";
import type { Session } from "./session.ts";
import { JsonLines, Redrawn, type View } from "./view.ts";

/** How much of the time goes into looking at most: one part in so many. */
const lookShare = 4;

/** Shows it until a signal comes; returns the exit code. The terminal is given back whatever happens. */
export async function watch<Seen>(view: View<Seen>, everyMs: number, session: Session): Promise<number> {
  // Ctrl-Z ends it as well: a program may not stop itself without the permission to signal others, and stopped by the
  // system it would leave the terminal as it is.
  const interrupt = onInterrupt(session, [...endSignals, ["SIGHUP", 129], ["SIGTSTP", 148]]);
  const interrupted = new Promise<null>((resolve) =>
    interrupt.signal.addEventListener("abort", () => resolve(null))
  );
  const bell = new Bell();
  interrupt.signal.addEventListener("abort", () => bell.ring());
  session.world.onSignal("SIGWINCH", () => bell.ring());
  const shown = session.json ? new JsonLines(view, session) : new Redrawn(view, { everyMs, session });
  const outage = new Outage((text) => shown.say(text));
  const look = () => outage.ride(async () => ({ seen: await view.look(await storeOf(session)) }));
  try {
    for (let nextAt = 0;;) {
      const startedAt = performance.now();
      if (startedAt >= nextAt) {
        const looked = await Promise.race([look(), interrupted]);
        if (looked !== null) shown.see(looked.seen);
        nextAt = startedAt + Math.max(everyMs, lookShare * (performance.now() - startedAt));
      }
      if (interrupt.code() !== null) return interrupt.code()!;
      shown.show();
      await bell.wait(nextAt - performance.now());
    }
  } finally {
    shown.close();
  }
}

/** The store, as soon as there is one. Throws where it was taken away. */
export async function storeOf(session: Session): Promise<Store | null> {
  const store = await session.readStore();
  if (store === null || session.home.machine().isStoreInPlace()) return store;
  throw new StoreUnavailable("no_access", "Cannot go on watching: the home was removed or replaced");
}
