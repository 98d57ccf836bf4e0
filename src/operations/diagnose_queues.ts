/** Queues that hold their jobs back, and jobs that no worker could ever take. */

import { roughDuration } from "../core/duration.ts";
import { type Finding, fine } from "../core/finding.ts";
import { lackOf } from "../core/lack.ts";
import type { QueueReport, WaitingKind } from "../store/queues.ts";
import type { Store } from "../store/store.ts";
import type { ListedWorker } from "./list_workers.ts";

export interface QueuesOptions {
  readonly commandLine: (words: string) => string;
  /** The workers that take jobs. */
  readonly available: readonly ListedWorker[];
}

export async function diagnoseQueues(store: Store, options: QueuesOptions): Promise<Finding[]> {
  const reports = await store.queues();
  const now = await store.now();
  const holding = reports.flatMap((report) => ofQueue(report, now, options));
  const queues = holding.length > 0 ? holding : [
    fine(
      "queues",
      reports.length === 1 ? "1, and it is open" : `${reports.length}, none holds its jobs back`,
    ),
  ];
  const paused = new Set(
    reports.filter(({ queue }) => queue.state === "paused").map(({ queue }) => queue.name),
  );
  const kinds = (await store.waitingKinds()).filter(({ queue }) => !paused.has(queue));
  return [...queues, ...ofJobs(kinds, options)];
}

function ofQueue(report: QueueReport, now: number, { commandLine, available }: QueuesOptions): Finding[] {
  const { queue: { name, state, throttledUntil }, byState, isRegated } = report;
  const findings: Finding[] = [];
  const warn = (found: string, fix: string | null) =>
    findings.push({ check: "queues", status: "warning", found: `queue ${name} ${found}`, fix });
  if (state === "paused") {
    warn(`is paused; ${jobsText(byState.pending)} in it`, commandLine(`queue resume ${name}`));
  }
  if (throttledUntil !== null && throttledUntil > now) {
    warn(
      `is throttled for ${roughDuration(throttledUntil - now)}; ${jobsText(byState.pending)} in it`,
      commandLine(`queue throttle ${name} --for 0s`),
    );
  }
  if (!isRegated) {
    warn(
      "has another key limit since, and what waits is still sorted by the old one: " +
        (available.length === 0 ? "a worker would do it" : "a worker is at it"),
      available.length === 0 ? commandLine("worker start") : null,
    );
  }
  return findings;
}

function jobsText(count: number): string {
  return count === 0 ? "no job waits" : count === 1 ? "1 job waits" : `${count} jobs wait`;
}

function ofJobs(kinds: readonly WaitingKind[], { commandLine, available }: QueuesOptions): Finding[] {
  const ready = kinds.reduce((sum, { count }) => sum + count, 0);
  if (ready === 0) return [fine("jobs", "none is ready and waits")];
  if (available.length === 0) {
    return [{
      check: "jobs",
      status: "warning",
      found: `${ready === 1 ? "1 is" : `${ready} are`} ready, and no worker takes jobs`,
      fix: commandLine("worker start"),
    }];
  }
  const lacking = kinds.flatMap((kind): Finding[] => {
    const lack = lackOf(kind, available);
    if (lack === null) return [];
    return [{
      check: "jobs",
      status: "problem",
      found:
        `no worker could ever take ${
          kind.count === 1 ? "1 job" : `${kind.count} jobs`
        } of queue ${kind.queue}: ` +
        lack.sentence,
      fix: commandLine(lack.fix),
    }];
  });
  return lacking.length > 0 ? lacking : [fine("jobs", `${ready} ready; there is a worker for each`)];
}
