/** The hosts and their workers: what they may take, whether they are heard, and what they run. */

import { listJobs, readWorkers } from "../api/calls.ts";
import { Empty } from "../components/empty.tsx";
import { Loaded } from "../components/loaded.tsx";
import { Page } from "../components/page.tsx";
import { countOf } from "../format/count.ts";
import { status } from "../live/events.ts";
import { useResource } from "../live/resource.ts";
import { byHost, type Host, sumOf } from "./workers/hosts.ts";
import { WorkerItem, type WorkerItemProps } from "./workers/worker_item.tsx";

/** Of heartbeats no event tells. */
const everyMs = 3000;
/** Of so many running jobs it is told what they are; of more, only their ids. */
const describedJobs = 500;

export function WorkersPage() {
  const crew = useResource("workers", async (signal) => {
    const [workers, { jobs }] = await Promise.all([
      readWorkers(signal),
      listJobs({ state: "processing", limit: describedJobs }, signal),
    ]);
    return { workers, running: new Map(jobs.map((job) => [job.id, job])) };
  }, { everyMs });
  return (
    <Page title="Workers">
      <Loaded resource={crew} lines={8}>
        {({ workers, running }) =>
          workers.length === 0 ? <NoWorker /> : (
            <>
              <p class="workers-sum">{sumOf(workers)}</p>
              {byHost(workers).map((host) => <HostSection key={host.name} host={host} running={running} />)}
            </>
          )}
      </Loaded>
    </Page>
  );
}

interface HostSectionProps extends Pick<WorkerItemProps, "running"> {
  readonly host: Host;
}

function HostSection({ host: { name, workers }, running }: HostSectionProps) {
  return (
    <section class="section" aria-label={name}>
      <header class="section-head">
        <h2>{name}</h2>
        <span class="soft">{sumOf(workers)}</span>
      </header>
      <ul class="host-workers">
        {workers.map((worker) => <WorkerItem key={worker.id} worker={worker} running={running} />)}
      </ul>
    </section>
  );
}

function NoWorker() {
  const pending = status.value?.pending ?? 0;
  return (
    <Empty title="No worker is there.">
      <p>
        {pending > 0 && `${countOf(pending, "job")} ${pending === 1 ? "waits" : "wait"} for one. `}
        Start one on a machine that has this queue:
      </p>
      <p>
        <code>queuectl worker start</code>
      </p>
    </Empty>
  );
}
