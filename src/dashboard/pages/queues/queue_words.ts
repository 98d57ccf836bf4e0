/** Queues in words. */

import type { Queue } from "../../api/types.ts";

export type QueueState = Queue["state"];

export const queueStateWords: Readonly<
  Record<QueueState, { readonly name: string; readonly means: string }>
> = {
  open: { name: "Open", means: "accepts jobs and starts them" },
  paused: { name: "Paused", means: "accepts jobs and starts none" },
  draining: { name: "Draining", means: "starts what it has and accepts no more" },
};

/** "10/m, 2 per key"; "–" where it has none beside how many may run. */
export function limitsText({ rate, key_limit: perKey }: Pick<Queue, "rate" | "key_limit">): string {
  const limits = [...(rate === null ? [] : [rate]), ...(perKey === null ? [] : [`${perKey} per key`])];
  return limits.length === 0 ? "–" : limits.join(", ");
}

const defaultWords: Readonly<Record<string, string>> = {
  priority: "priority",
  max_retries: "attempts",
  timeout: "timeout",
  kill_after: "kill after",
  backoff: "backoff",
  backoff_base: "backoff base",
  backoff_max: "longest backoff",
  backoff_jitter: "jitter",
};

/** "priority 5, timeout 10m": what its jobs get that do not say it; empty where nothing is set. */
export function defaultsText(defaults: Queue["defaults"]): string {
  return Object.entries(defaults).map(([name, value]) => `${defaultWords[name] ?? name} ${value}`).join(", ");
}
