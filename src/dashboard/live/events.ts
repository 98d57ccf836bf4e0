/**
 * What happens in the queue, by one EventSource for all pages. `epoch` rises when changes may have been missed (a reset,
 * a new connection): what is shown is then asked for anew. The browser itself comes back after a broken connection and
 * says what it had last; where the server refuses, a new connection is tried after a wait.
 */

import { batch, signal } from "@preact/signals";
import { readStatus } from "../api/calls.ts";
import type { JobChange, Status } from "../api/types.ts";
import { refreshServer } from "./server.ts";

export type Connection = "connecting" | "live" | "lost";

export const connection = signal<Connection>("connecting");
/** Counts per state and of workers; null until they are known. */
export const status = signal<Status | null>(null);
export const epoch = signal(0);

type JobListener = (change: JobChange) => void;

const listeners = new Set<JobListener>();
const retryMs = 5000;

/** Told of each job that changes, with what it is now. Returns what ends that. */
export function onJobChange(listener: JobListener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function startEvents(): void {
  const source = new EventSource("/api/v1/events");
  let wasOpen = false;
  source.addEventListener("hello", () => {
    connection.value = "live";
    // The first one of a page finds it empty; a later one of the same source has told what was missed.
    if (!wasOpen) startAnew();
    wasOpen = true;
  });
  source.addEventListener("reset", startAnew);
  source.addEventListener("status", ({ data }) => {
    status.value = JSON.parse(data) as Status;
  });
  source.addEventListener("job", ({ data }) => {
    const change = JSON.parse(data) as JobChange;
    batch(() => listeners.forEach((listener) => listener(change)));
  });
  source.addEventListener("error", () => {
    connection.value = "lost";
    if (source.readyState !== EventSource.CLOSED) return;
    // An answer that is no stream: perhaps there is no session any more, which asking finds out.
    void refreshStatus();
    setTimeout(startEvents, retryMs);
  });
}

function startAnew(): void {
  epoch.value++;
  void refreshStatus();
  void refreshServer();
}

/** Asks for the counts; they come by themselves from then on. */
async function refreshStatus(): Promise<void> {
  try {
    status.value = await readStatus();
  } catch {
    // The state of the connection says that something is wrong.
  }
}
