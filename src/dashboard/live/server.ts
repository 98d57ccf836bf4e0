/** Whom this page talks to: known once, at the start, and anew when the connection was lost. */

import { computed, signal } from "@preact/signals";
import { readServer } from "../api/calls.ts";
import type { Server } from "../api/types.ts";
import { setServerTime } from "./clock.ts";

export const server = signal<Server | null>(null);
/** Whether changes are refused. Until it is known they are not offered. */
export const isReadOnly = computed(() => server.value?.read_only ?? true);

/** Asks who the server is; what goes wrong shows as a lost connection. */
export async function refreshServer(): Promise<void> {
  try {
    server.value = await readServer();
    setServerTime(server.value.now);
  } catch {
    // Pages show their own errors, and the connection its own state.
  }
}
