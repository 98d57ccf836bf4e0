/** Workers against their processes, and the runs that they hold. */

import { roughDuration } from "../core/duration.ts";
import { type Finding, fine } from "../core/finding.ts";
import type { Machine } from "../core/ports.ts";
import type { Store } from "../store/store.ts";
import { isGone, type ListedWorker } from "./list_workers.ts";
import { tryRefreshPids } from "./refresh_pids.ts";

export interface CrewOptions {
  readonly commandLine: (words: string) => string;
  readonly workers: readonly ListedWorker[];
  /** Those of them that take jobs. */
  readonly available: readonly ListedWorker[];
}

export async function diagnoseCrew(store: Store, machine: Machine, options: CrewOptions): Promise<Finding[]> {
  const now = await store.now();
  const bad = [
    ...options.workers.flatMap((worker) => ofWorker(worker, { store, machine, now, ...options })),
    ...await ofSupervisors(store, machine, options),
  ];
  const { workers, available } = options;
  const summary = workers.length === 0
    ? "none is registered"
    : `${available.length} of ${workers.length} take jobs, their processes are there`;
  return [...(bad.length === 0 ? [fine("workers", summary)] : bad), await leases(store, options)];
}

function ofWorker(
  worker: ListedWorker,
  { store, machine, now, commandLine }: CrewOptions & { store: Store; machine: Machine; now: number },
): Finding[] {
  const { id, pid, hostName, state, held } = worker;
  const holds = worker.jobs.length === 0 ? "it holds no job" : `it holds ${worker.jobs.join(", ")}`;
  const who = `worker ${id} (pid ${pid} on ${hostName})`;
  if (state === "gone") {
    return [{
      check: "workers",
      status: "problem",
      found: `${who} has ended without a word; ${holds}`,
      fix: commandLine("doctor --fix"),
      // What any worker of this host would do at its next look.
      mend: async () => {
        await store.expireWorker(id, worker.beat);
        machine.wake.forget(id);
        await tryRefreshPids(store, machine, () => {});
      },
    }];
  }
  if (state === "silent") {
    return [{
      check: "workers",
      status: "problem",
      found: `${who} has not been heard of for ${roughDuration(now - worker.heartbeatAt)}; ${holds}`,
      fix: worker.isElsewhere
        ? `Look after ${hostName}; workers of other hosts take its jobs back`
        : `Its process is there; if it was stopped: kill -CONT ${pid}`,
    }];
  }
  const findings: Finding[] = [];
  const warn = (found: string, fix: string | null) =>
    findings.push({ check: "workers", status: "warning", found, fix });
  if (held !== null) warn(`${who} claims nothing for now: ${held}`, commandLine("config show"));
  if (!worker.isSupervised && !worker.isElsewhere && worker.supervisorId !== null) {
    warn(
      `${who} has lost its supervisor: nobody replaces it`,
      `${commandLine("worker stop")} && ${commandLine("worker start")}`,
    );
  }
  return findings;
}

async function ofSupervisors(
  store: Store,
  machine: Machine,
  { commandLine, workers }: CrewOptions,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const supervisor of await store.supervisors()) {
    const { id, pid, trouble } = supervisor;
    if (await isGone(supervisor, machine)) {
      findings.push({
        check: "workers",
        status: "warning",
        found: `supervisor ${id} (pid ${pid}) has ended without a word`,
        fix: commandLine("doctor --fix"),
        mend: () => store.removeSupervisor(id),
      });
    } else if (trouble !== null) {
      // It is kept, also when another one has taken the place of the worker that ended.
      const up = workers.filter(({ supervisorId, state }) => supervisorId === id && state !== "gone").length;
      findings.push({
        check: "workers",
        status: up === 0 ? "problem" : "warning",
        found: up === 0
          ? `the workers of supervisor ${id} (pid ${pid}) do not come up: ${trouble}`
          : `supervisor ${id} (pid ${pid}) has ${up} up; before, ${trouble}`,
        fix: `See ${machine.home}/logs/queuectl.log`,
      });
    }
  }
  return findings;
}

async function leases(store: Store, { available, commandLine }: CrewOptions): Promise<Finding> {
  const orphans = await store.orphans("");
  if (orphans.length === 0) return fine("leases", "each run is held by a worker that is registered");
  const some = orphans.slice(0, 5).map(({ job }) => job.id).join(", ");
  const which = orphans.length > 5 ? `${some} and ${orphans.length - 5} more` : some;
  return {
    check: "leases",
    status: available.length === 0 ? "problem" : "warning",
    found: `the worker that held ${which} is gone; ` +
      (available.length === 0 ? "no worker is there to take over" : "a worker is about to take over"),
    fix: available.length === 0 ? commandLine("worker start") : null,
  };
}
