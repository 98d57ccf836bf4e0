import { unknownJob } from "../core/errors.ts";
import { explain, type Explanation } from "../core/explain.ts";
import type { ExplainedHolder, ExplainedWorker } from "../core/explain_facts.ts";
import { parseHost } from "../core/host.ts";
import type { Job } from "../core/job.ts";
import { leaseMarginMs } from "../core/lease.ts";
import { plainQueue } from "../core/queue.ts";
import { deliverySlots, isDelivery } from "../core/webhook_delivery.ts";
import type { Store } from "../store/store.ts";
import type { ListedWorker } from "./list_workers.ts";

export interface ExplainedJob extends Explanation {
  readonly job: Job;
}

/** Why a job stands where it stands; `list` says what the workers are doing. Throws where it is not there. */
export async function explainJob(
  store: Store | null,
  id: string,
  list: (store: Store) => Promise<ListedWorker[]>,
): Promise<ExplainedJob> {
  const job = await store?.job(id) ?? null;
  if (job === null) throw unknownJob(id, "explain");
  const [now, report, gateFacts, workers] = await Promise.all([
    store!.now(),
    store!.queue(job.queue),
    store!.gateFacts(job),
    list(store!),
  ]);
  const { parents, ahead, ...counted } = gateFacts;
  return {
    job,
    ...explain({
      now,
      job,
      parents,
      ahead,
      queue: { settings: report?.queue ?? plainQueue(job.queue), live: report?.live ?? 0, ...counted },
      workers: await explainedWorkers(store!, workers, job),
      holder: job.state === "processing" ? await holderOf(store!, job, workers) : null,
    }),
  };
}

/** As they are to this job: those that post webhooks have slots of their own in each worker. */
async function explainedWorkers(
  store: Store,
  workers: readonly ListedWorker[],
  job: Job,
): Promise<ExplainedWorker[]> {
  const jobs = await store.jobsOf([...new Set(workers.flatMap((worker) => worker.jobs))]);
  const byId = new Map(jobs.flatMap((job) => job === null ? [] : [[job.id, job]]));
  return workers.map((worker) => ({
    ...worker,
    ...(isDelivery(job) ? { concurrency: deliverySlots } : {}),
    isAvailable: worker.state === "idle" || worker.state === "busy",
    holds: worker.jobs.flatMap((id) => byId.get(id) ?? []).filter((each) =>
      isDelivery(each) === isDelivery(job)
    ),
  }));
}

async function holderOf(
  store: Store,
  { seq }: Job,
  workers: readonly ListedWorker[],
): Promise<ExplainedHolder | null> {
  const held = await store.heldRun(seq);
  if (held === null) return null;
  const { run } = held;
  const found = workers.find(({ id }) => id === held.holder?.id);
  const holder = found === undefined || found.state === "gone" ? null : found;
  return {
    workerId: holder?.id ?? run.adoptedBy ?? run.workerId,
    hostName: holder?.hostName ?? parseHost(run.host).name,
    runNumber: run.number,
    startedAt: run.startedAt,
    heartbeatAt: holder?.heartbeatAt ?? null,
    lostAt: holder === null ? null : holder.heartbeatAt + holder.leaseMs + leaseMarginMs(holder.leaseMs),
    isSilent: holder?.state === "silent",
    isAdopted: run.adoptedBy !== null,
  };
}
