/** What is to be said first of a queue: what needs somebody, or that nothing does. */

import type { Queue, Status, Worker } from "../../api/types.ts";
import { countOf, formatShare } from "../../format/count.ts";
import { formatAgo } from "../../format/instant.ts";
import { paths } from "../../router/routes.ts";

/** What goes wrong now, what needs somebody, and what is only to be known. */
export type Weight = "bad" | "attention" | "note";

export interface Finding {
  readonly weight: Weight;
  readonly text: string;
  /** Where more is to be seen; null for nowhere. */
  readonly url: string | null;
}

export interface HealthFacts {
  readonly status: Pick<Status, "pending" | "delayed" | "dead" | "processing" | "workers">;
  /** When the first of the dead letters died, as the API gives it; null where it is not known. */
  readonly deadSince: string | null;
  readonly workers: readonly Pick<Worker, "state" | "held" | "host" | "queues">[];
  readonly queues: readonly Pick<Queue, "name" | "state" | "pending">[];
  /** Queues in which a job is ready and waits. */
  readonly waitingIn: readonly string[];
  /** Of the window that is shown: the share of attempts that failed, 0 to 1, and how many they are of. */
  readonly failures: { readonly rate: number | null; readonly attempts: number; readonly window: string };
  /** UTC milliseconds. */
  readonly now: number;
}

/** From which share of failed attempts on it is worth a word, and of how many at least. */
const worryingRate = 0.2;
const enoughAttempts = 10;

/** The worst first; none where all is well. */
export function findingsOf(facts: HealthFacts): Finding[] {
  const found = [
    ...workerFindings(facts),
    ...deadFindings(facts),
    ...failureFindings(facts),
    ...queueFindings(facts),
  ];
  const order: readonly Weight[] = ["bad", "attention", "note"];
  return found.toSorted((one, other) => order.indexOf(one.weight) - order.indexOf(other.weight));
}

/** What the queue does, where nothing is to be said against it. */
export function calmSentence({ processing, workers, pending, delayed }: HealthFacts["status"]): string {
  if (workers === 0) return "No worker runs, and no job waits for one.";
  const crew = `${countOf(workers, "worker")} ${workers === 1 ? "runs" : "run"}`;
  const due = Math.max(0, pending - delayed);
  const waits = due === 0 ? "none waits" : `${countOf(due, "job")} ${due === 1 ? "waits" : "wait"}`;
  return `${crew} ${processing === 0 ? "no job" : countOf(processing, "job")}, ${waits}.`;
}

function workerFindings({ status, workers }: HealthFacts): Finding[] {
  const url = paths.workers;
  const found: Finding[] = [];
  const due = status.pending - status.delayed;
  if (status.workers === 0 && due > 0) {
    const waits = `${countOf(due, "job")} ${due === 1 ? "waits" : "wait"}`;
    found.push({ weight: "bad", text: `No worker runs; ${waits}`, url });
  }
  const silent = workers.filter(({ state }) => state === "silent" || state === "gone");
  if (silent.length > 0) {
    const is = silent.length === 1 ? "is" : "are";
    found.push({ weight: "bad", text: `${countOf(silent.length, "worker")} ${is} silent`, url });
  }
  const held = workers.filter((worker) => worker.held !== null);
  if (held.length > 0) {
    const hosts = [...new Set(held.map(({ host }) => host))].join(", ");
    found.push({ weight: "note", text: `Workers on ${hosts} take nothing now: ${held[0]!.held}`, url });
  }
  return found;
}

function deadFindings({ status: { dead }, deadSince, now }: HealthFacts): Finding[] {
  if (dead === 0) return [];
  const since = deadSince === null
    ? ""
    : dead === 1
    ? `, ${formatAgo(Date.parse(deadSince), now)}`
    : `, the first ${formatAgo(Date.parse(deadSince), now)}`;
  return [{ weight: "attention", text: `${countOf(dead, "dead letter")}${since}`, url: paths.deadLetters }];
}

function failureFindings({ failures: { rate, attempts, window } }: HealthFacts): Finding[] {
  if (rate === null || rate < worryingRate || attempts < enoughAttempts) return [];
  const text = `${formatShare(rate)} of ${countOf(attempts, "attempt")} failed in the last ${window}`;
  return [{ weight: "attention", text, url: `${paths.jobs}?state=failed` }];
}

function queueFindings({ queues, workers, waitingIn }: HealthFacts): Finding[] {
  const stopped = queues.filter(({ state, pending }) => state === "paused" && pending > 0);
  const names = new Set(stopped.map(({ name }) => name));
  const left = workers.length === 0
    ? []
    : waitingIn.filter((queue) => !names.has(queue) && !workers.some((worker) => isTakenBy(worker, queue)));
  return [
    ...left.map((queue): Finding => ({
      weight: "attention",
      text: `No worker takes jobs of queue ${queue}, in which jobs wait`,
      url: `${paths.jobs}?state=pending&queue=${encodeURIComponent(queue)}`,
    })),
    ...stopped.map(({ name, pending }): Finding => ({
      weight: "note",
      text: `Queue ${name} is paused; ${countOf(pending, "job")} ${pending === 1 ? "waits" : "wait"} in it`,
      url: paths.queues,
    })),
  ];
}

/** A worker names its queues; one that ends with `*` stands for all that begin like that. */
function isTakenBy({ queues }: Pick<Worker, "queues">, queue: string): boolean {
  return queues.some((name) => name.endsWith("*") ? queue.startsWith(name.slice(0, -1)) : queue === name);
}
