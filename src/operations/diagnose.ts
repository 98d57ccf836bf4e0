/** Looks at a store, its workers, its queues and this machine, and says what is wrong and what to do about it. */

import { roughDuration } from "../core/duration.ts";
import { type Finding, fine } from "../core/finding.ts";
import type { Machine, Watchers } from "../core/ports.ts";
import { describeMove } from "../store/move.ts";
import type { Store } from "../store/store.ts";
import { diagnoseCrew } from "./diagnose_crew.ts";
import { diagnoseQueues } from "./diagnose_queues.ts";
import { listWorkers } from "./list_workers.ts";

export interface DiagnoseOptions {
  /** A call of this program as it would be typed for the same home. */
  readonly commandLine: (words: string) => string;
}

export async function diagnose(store: Store, machine: Machine, options: DiagnoseOptions): Promise<Finding[]> {
  const workers = await listWorkers(store, machine);
  const available = workers.filter(({ state }) => state === "idle" || state === "busy");
  return [
    ...await diagnoseStore(store, options),
    ...await diagnoseCrew(store, machine, { ...options, workers, available }),
    ...await diagnoseQueues(store, { ...options, available }),
    ...await diagnoseMachine(store, machine),
  ];
}

async function diagnoseStore(store: Store, { commandLine }: DiagnoseOptions): Promise<Finding[]> {
  const { driver, driverNote, engineVersion, schemaVersion, location } = store.info;
  const { move } = await store.moveState();
  const through = `${location}, ${driver} ${engineVersion}${driverNote === null ? "" : ` (${driverNote})`}`;
  const moved = move === null ? null : describeMove(move, location);
  const faults = await store.check();
  const [counters, others] = [faults.filter(isOfCounters), faults.filter((fault) => !isOfCounters(fault))];
  return [
    moved === null
      ? fine("store", through)
      : { check: "store", status: "warning", found: `${through}; ${moved.found}`, fix: moved.hint },
    fine("schema", `version ${schemaVersion}`),
    ...(others.length === 0 ? [fine("integrity", "nothing is damaged, and nothing contradicts itself")] : []),
    ...others.map((found): Finding => ({
      check: "integrity",
      status: "problem",
      found,
      fix: `Keep a copy of ${location}, and report it with the log; what is left: ${
        commandLine("list --json")
      }`,
    })),
    counters.length === 0 ? fine("counters", "they agree with the jobs") : {
      check: "counters",
      status: "problem",
      found: counters.join("; "),
      fix: commandLine("doctor --fix"),
      mend: () => store.recount(),
    },
  ];
}

function isOfCounters(fault: string): boolean {
  return fault.startsWith("the counter of ");
}

const leastDisk = { problem: 100e6, warning: 1e9 } as const;
/** How far the clocks may be apart, in milliseconds. */
const mostApart = { problem: 60_000, warning: 2_000 } as const;
/** So few are soon used up: each worker and each who waits takes one. */
const fewInstances = 10;

async function diagnoseMachine(store: Store, { vitals, clock, home }: Machine): Promise<Finding[]> {
  const before = clock.now();
  const storeNow = await store.now();
  const apartMs = Math.round(storeNow - (before + clock.now()) / 2);
  const watchers = await vitals.watchers();
  const free = vitals.freeDisk();
  return [
    ...(watchers === null ? [] : [watcherFinding(watchers)]),
    ...(free === null ? [] : [diskFinding(free, home)]),
    clockFinding(apartMs),
  ];
}

function watcherFinding({ instances, mostInstances, watches, mostWatches }: Watchers): Finding {
  const found =
    `${instances} of ${mostInstances} inotify instances and ${watches} of ${mostWatches} watches are used`;
  const isScarce = mostInstances - instances < fewInstances || mostWatches - watches < fewInstances;
  if (!isScarce) return fine("watchers", found);
  return {
    check: "watchers",
    status: "warning",
    found: `${found}: without one a worker looks every poll_interval only`,
    fix: mostInstances - instances < fewInstances
      ? "sysctl fs.inotify.max_user_instances=1024"
      : "sysctl fs.inotify.max_user_watches=524288",
  };
}

function diskFinding(free: number, home: string): Finding {
  const found = `${sizeText(free)} are free for ${home}`;
  if (free >= leastDisk.warning) return fine("disk", found);
  const status = free < leastDisk.problem ? "problem" : "warning";
  return { check: "disk", status, found, fix: `Make room; what takes it: du -sh ${home}/*` };
}

/** Roughly, in three digits or so. */
function sizeText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

function clockFinding(apartMs: number): Finding {
  const apart = Math.abs(apartMs);
  if (apart <= mostApart.warning) return fine("clock", "this host's agrees with the store's");
  return {
    check: "clock",
    status: apart > mostApart.problem ? "problem" : "warning",
    found: `the store's is ${roughDuration(apart)} ${
      apartMs > 0 ? "ahead of" : "behind"
    } this host's; delays count by the store's`,
    fix: "Let both hosts set their clocks: timedatectl set-ntp true",
  };
}
