/** What people ask of queues: settings, names, and to run empty. */

import { QueueError } from "../core/errors.ts";
import type { Machine } from "../core/ports.ts";
import { webhooksQueue } from "../core/queue.ts";
import type { QueueChange } from "../core/queue_change.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Store } from "../store/store.ts";
import type { QueueReport } from "../store/queues.ts";
import { Outage } from "./outage.ts";
import { waitUntil } from "./wait_until.ts";

export interface ChangedQueue {
  readonly report: QueueReport;
  /** Whether no job of it was there, nor any setting. */
  readonly isNew: boolean;
}

/** Changes queues, in their order, whether or not they have jobs. */
export async function changeQueues(
  store: Store,
  machine: Pick<Machine, "wake">,
  { names, change }: { readonly names: readonly string[]; readonly change: QueueChange },
): Promise<ChangedQueue[]> {
  if (change.webhook != null && names.includes(webhooksQueue)) {
    throw new QueueError(
      "usage",
      `Cannot set queue "${webhooksQueue}": its jobs post webhooks, and have none`,
      {
        hint: "Set it for the queue whose jobs are to be told of",
      },
    );
  }
  const changed: ChangedQueue[] = [];
  for (const name of names) {
    const before = await store.queue(name);
    const queue = await store.changeQueue(name, change);
    // Workers would go on with it, batch by batch, and so they do if this call ends early.
    while (change.keyLimit !== undefined && await store.regate());
    const after = await store.queue(name);
    changed.push({ report: { ...after ?? emptyReport, queue }, isNew: before === null });
  }
  machine.wake.wakeAll();
  return changed;
}

const emptyReport: Omit<QueueReport, "queue"> = {
  byState: { pending: 0, blocked: 0, processing: 0, completed: 0, dead: 0, cancelled: 0 },
  failed: 0,
  live: 0,
  isRegated: true,
};

/** A queue that has jobs or settings; throws where it has neither. `action` completes "Cannot … queue". */
export async function findQueue(store: Store | null, name: string, action: string): Promise<QueueReport> {
  const found = await store?.queue(name) ?? null;
  if (found !== null) return found;
  throw new QueueError("not_found", `Cannot ${action} queue "${name}": it has no jobs and no settings`, {
    hint: await meantQueue(store, name) ?? "See which there are: queuectl queue list",
  });
}

/** The hint that names the queue whose name is near, or undefined. */
export async function meantQueue(store: Store | null, name: string): Promise<string | undefined> {
  const known = await store?.queues() ?? [];
  // Names that are counted on are no slips: gpu0 and gpu1.
  const uncounted = (text: string) => text.replaceAll(/\d+/g, "0");
  const others = known.map(({ queue }) => queue.name).filter((other) => uncounted(other) !== uncounted(name));
  return didYouMean(name, others);
}

/** Gives a queue another name; returns how many jobs it has. */
export async function renameQueue(
  store: Store,
  machine: Pick<Machine, "wake">,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<number> {
  await findQueue(store, from, "rename");
  if (from === webhooksQueue || to === webhooksQueue) {
    throw new QueueError(
      "refused",
      `Cannot rename queue "${from}" to "${to}": "${webhooksQueue}" is for webhooks`,
      {
        hint: "Choose another name",
      },
    );
  }
  if (from === to) {
    throw new QueueError("refused", `Cannot rename queue "${from}": that is its name already`, {
      hint: "Choose another name",
    });
  }
  const jobs = await store.renameQueue(from, to);
  machine.wake.wakeAll();
  return jobs;
}

/** How often it is looked whether a queue is empty, in milliseconds. */
const lookEveryMs = 250;

/** Waits until queues have nothing left to run; false when the time is up or the waiting is ended. */
export async function waitUntilEmpty(
  store: Store,
  names: readonly string[],
  options: {
    readonly timeoutMs: number;
    readonly abort: AbortSignal;
    readonly say: (text: string) => void;
    readonly onLook: (left: number) => void;
  },
): Promise<boolean> {
  const outage = new Outage(options.say);
  let left = Infinity;
  await waitUntil(
    async () => {
      const reports = await outage.ride(() => Promise.all(names.map((name) => store.queue(name))));
      if (reports !== null) left = reports.reduce((sum, report) => sum + unfinishedOf(report), 0);
      if (Number.isFinite(left)) options.onLook(left);
      return left === 0 || options.abort.aborted;
    },
    options.timeoutMs,
    lookEveryMs,
  );
  return left === 0;
}

function unfinishedOf(report: QueueReport | null): number {
  if (report === null) return 0;
  const { pending, blocked, processing } = report.byState;
  return pending + blocked + processing;
}
