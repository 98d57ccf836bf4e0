/** What the workers that are there hold a job by. */

import { formatResources } from "./demand.ts";
import { type ExplainedWorker, type ExplainFacts, type Verdict, verdict } from "./explain_facts.ts";
import { lackOf } from "./lack.ts";

export function* workerGates(facts: ExplainFacts): Iterable<Verdict> {
  const { job, ahead } = facts;
  const available = facts.workers.filter(({ isAvailable }) => isAvailable);
  const lack = lackOf(job, available);
  if (lack !== null) {
    const others = facts.workers.length - available.length;
    const isEmpty = lack.gate === "no_worker" && others > 0;
    yield verdict(
      lack.gate,
      isEmpty
        ? `No worker takes jobs: ${
          others === 1 ? "the one that is there is" : `${others} that are there are`
        } stopping or silent.`
        : lack.sentence,
      {
        fix: lack.fix,
        details: { possible: false },
      },
    );
    return;
  }
  const able = available.filter((worker) => lackOf(job, [worker]) === null);
  const open = able.filter(({ held }) => held === null);
  if (open.length === 0) {
    const [first] = able;
    const whose = able.length === 1
      ? "The worker that could take it claims"
      : `All ${able.length} workers that could take it claim`;
    yield verdict("host", `${whose} nothing for now: ${first!.held} on ${first!.hostName}.`, {
      details: { held: Object.fromEntries(able.map(({ id, held }) => [id, held])) },
    });
    return;
  }
  const free = open.filter((worker) => freeSlots(worker) >= job.slots);
  if (free.length === 0) {
    yield busy(open, { job, ahead });
    return;
  }
  if (free.some((worker) => hasResources(worker, facts))) return;
  yield verdict(
    "resource",
    `It takes ${
      formatResources(job.resources)
    }, and jobs that run have too much of that: it waits until one of them ends.`,
    { details: { possible: true, ahead } },
  );
}

function freeSlots({ concurrency, holds }: ExplainedWorker): number {
  return concurrency - holds.reduce((sum, { slots }) => sum + slots, 0);
}

function busy(
  open: readonly ExplainedWorker[],
  { job, ahead }: Pick<ExplainFacts, "job" | "ahead">,
): Verdict {
  const before = ahead === 0 ? "" : ` ${ahead === 1 ? "1 job goes" : `${ahead} jobs go`} before it.`;
  const details = { possible: true, ahead, workers: open.length };
  if (open.some((worker) => freeSlots(worker) > 0)) {
    return verdict(
      "slots",
      `It takes ${job.slots} slots, and no worker has that many free: it waits until jobs end.${before}`,
      {
        details,
      },
    );
  }
  const whose = open.length === 1
    ? "The worker that can take it is"
    : `All ${open.length} workers that can take it are`;
  return verdict("busy", `${whose} busy: it waits until a job ends.${before}`, {
    details,
    fix: "worker start",
  });
}

/** All workers of a host share what it has. */
function hasResources({ host, resources }: ExplainedWorker, { job, workers }: ExplainFacts): boolean {
  const held = workers.filter((worker) => worker.host === host).flatMap(({ holds }) => holds);
  return Object.entries(job.resources).every(([name, amount]) => {
    const used = held.reduce((sum, demand) => sum + (demand.resources[name] ?? 0), 0);
    return amount + used <= (resources[name] ?? 0);
  });
}
