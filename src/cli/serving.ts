/** What `serve` and `ui` have in common: a server that lasts until it is told to end, with few permissions. */

import type { Admission } from "../core/admission.ts";
import { StoreUnavailable } from "../core/errors.ts";
import type { ServedQueue } from "../operations/served_queue.ts";
import type { Store } from "../store/store.ts";
import { onInterrupt } from "./interrupt.ts";
import type { Session } from "./session.ts";
import type { Permission, RunningWeb, WebWorld } from "./world.ts";

export interface Served {
  readonly web: WebWorld;
  readonly hostname: string;
  readonly port: number;
  readonly names: readonly string[];
  readonly admission: Admission;
  readonly isReadOnly: boolean;
}

/** Serves until a signal ends it; returns its exit code. `onReady` is called while all permissions are still there. */
export async function serveUntilEnd(
  { web, isReadOnly, ...at }: Served,
  session: Session,
  onReady: (server: RunningWeb) => Promise<void>,
): Promise<number> {
  const log = session.home.log("server");
  const report = (error: unknown): void => {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    try {
      if (!isReadOnly) log(text);
      session.say(text);
    } catch {
      // Nobody reads any more, or the disk is full; requests are answered all the same.
    }
  };
  const queue = servedQueue(session, isReadOnly);
  const server = web.start({ ...at, queue, report });
  try {
    await onReady(server);
    if (web.dashboardNote !== null) session.say(web.dashboardNote);
    const kept: Permission[] = isReadOnly ? ["read"] : ["read", "write", "sys"];
    await session.world.keepOnly(kept, { stores: [session.storeKind] });
    // Ctrl-C is how it is meant to end.
    await untilInterrupted(session);
    return 0;
  } finally {
    await server.close();
  }
}

async function untilInterrupted(session: Session): Promise<void> {
  const interrupt = onInterrupt(session);
  await new Promise<void>((resolve) => {
    // Signals alone do not keep the program alive; the server does.
    interrupt.signal.addEventListener("abort", () => resolve());
  });
}

function servedQueue(session: Session, isReadOnly: boolean): ServedQueue {
  const { home, world } = session;
  const machine = home.machine();
  let opening: Promise<Store | null> | null = null;
  /** A store that could not be opened, or was not there, is asked for again. */
  const open = async (): Promise<Store | null> => {
    try {
      const store = isReadOnly ? await session.readStore() : await session.store();
      if (store === null) opening = null;
      else machine.isStoreInPlace();
      return store;
    } catch (error) {
      opening = null;
      throw error;
    }
  };
  return {
    isReadOnly,
    store() {
      if (opening === null) return opening = open();
      if (machine.isStoreInPlace()) return opening;
      return Promise.reject(
        new StoreUnavailable("no_access", "Cannot use the store: the home was removed or replaced", {
          hint: "Start the server again",
        }),
      );
    },
    machine,
    settings: () => home.settings(session.settingFlags).values,
    folder: world.cwd,
    resolvePath: world.resolvePath,
    location: home.locationOf(session.settings),
    version: world.version.program,
  };
}
