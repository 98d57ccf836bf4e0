/** What is missing where no worker that is there could ever take a job, and how to start one that could. */

import { couldEverFit, type Demand, formatResources, type Offer } from "./demand.ts";
import { takesQueue, webhooksQueue } from "./queue.ts";
import { offersAll } from "./tags.ts";

export type Offerer = Offer & { readonly queues: readonly string[] };
export type Wanted = Demand & { readonly queue: string };

/** What no worker has that a job wants, and the call that would start one that has it. */
export interface Lack {
  readonly gate: "no_worker" | "queue" | "tags" | "slots" | "resource";
  readonly sentence: string;
  readonly fix: string;
}

/** Why none of these workers could ever take such a job, however idle they were; null where one could. */
export function lackOf(job: Wanted, workers: readonly Offerer[]): Lack | null {
  const fix = startCommand(job);
  if (workers.length === 0) return { gate: "no_worker", sentence: "No worker is running.", fix };
  const taking = workers.filter(({ queues }) => takesQueue(queues, job.queue));
  if (taking.length === 0) {
    return { gate: "queue", sentence: `No running worker takes jobs of queue ${job.queue}.`, fix };
  }
  const offering = taking.filter(({ tags }) => offersAll(tags, job.needs));
  if (offering.length === 0) {
    return {
      gate: "tags",
      sentence: `No running worker for queue ${job.queue} offers ${job.needs.join(",")}.`,
      fix,
    };
  }
  const wide = offering.filter(({ concurrency }) => job.slots <= concurrency);
  if (wide.length === 0) {
    const most = Math.max(...offering.map(({ concurrency }) => concurrency));
    return {
      gate: "slots",
      sentence:
        `It takes ${job.slots} slots, and no running worker that it could go to has more than ${most}.`,
      fix,
    };
  }
  if (wide.some((worker) => couldEverFit(job, worker))) return null;
  return {
    gate: "resource",
    sentence: `It takes ${
      formatResources(job.resources)
    }, and no running worker that it could go to is on a host with that much.`,
    fix,
  };
}

/** The words that would start a worker which could take it. */
function startCommand({ queue, needs, slots, resources }: Wanted): string {
  return [
    "worker start",
    ...(queue === "default" || queue === webhooksQueue ? [] : [`--queues ${queue}`]),
    ...(needs.length === 0 ? [] : [`--tags ${needs.join(",")}`]),
    ...(slots === 1 ? [] : [`--concurrency ${slots}`]),
    ...(Object.keys(resources).length === 0 ? [] : [`--resource ${formatResources(resources)}`]),
  ].join(" ");
}
