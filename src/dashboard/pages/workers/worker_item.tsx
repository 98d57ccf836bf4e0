/** One worker: what it may take, whether it is heard, and what it runs. */

import type { ComponentChildren } from "preact";
import type { Job, Worker } from "../../api/types.ts";
import { Ago } from "../../components/ago.tsx";
import { Elapsed } from "../../components/elapsed.tsx";
import { JobText } from "../../components/job_text.tsx";
import { server } from "../../live/server.ts";
import { jobUrl } from "../../router/routes.ts";
import { noteOf, resourcesText } from "./hosts.ts";
import { WorkerState } from "./worker_state.tsx";

export interface WorkerItemProps {
  readonly worker: Worker;
  /** Those that run, by their ids, as far as they are known. */
  readonly running: ReadonlyMap<string, Job>;
}

export function WorkerItem({ worker, running }: WorkerItemProps) {
  const { id, state, jobs, adopted } = worker;
  const note = noteOf(worker);
  return (
    <li class={`worker ${state === "silent" || state === "gone" ? "is-silent" : ""}`}>
      <header class="worker-head">
        <h3>{id}</h3>
        <WorkerState state={state} />
      </header>
      <Facts worker={worker} />
      {note !== null && <p class="worker-note">{note}</p>}
      {jobs.length > 0 && (
        <ul class="worker-jobs" aria-label={`Jobs of ${id}`}>
          {jobs.map((job) => (
            <RunningJob key={job} id={job} job={running.get(job)} isAdopted={adopted.includes(job)} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Facts({ worker }: { readonly worker: Worker }) {
  const { jobs, concurrency, queues, tags, resources, heartbeat_at, started_at, pid, supervised, version } =
    worker;
  const amounts = resourcesText(resources);
  return (
    <dl class="worker-facts">
      <Fact name="Slots">{`${jobs.length} of ${concurrency} in use`}</Fact>
      <Fact name="Queues">{queues.join(", ")}</Fact>
      {tags.length > 0 && <Fact name="Tags">{tags.join(", ")}</Fact>}
      {amounts !== null && <Fact name="Resources">{amounts}</Fact>}
      <Fact name="Heartbeat">
        <Ago at={heartbeat_at} />
      </Fact>
      <Fact name="Started">
        <Ago at={started_at} />
      </Fact>
      <Fact name="Process">{`${pid}${supervised ? "" : ", not supervised"}`}</Fact>
      {server.value !== null && server.value.version !== version && <Fact name="Version">{version}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface RunningJobProps {
  readonly id: string;
  readonly job: Job | undefined;
  readonly isAdopted: boolean;
}

function RunningJob({ id, job, isAdopted }: RunningJobProps) {
  return (
    <li>
      <a class="row-link" href={jobUrl(id)} title={id}>{id}</a>
      <code>
        <JobText text={job?.command} />
      </code>
      <span class="worker-progress">
        {job?.progress && (
          <>
            <progress max={100} value={job.progress.percent} aria-label={`Progress of ${id}`} />
            {`${job.progress.percent} %`}
          </>
        )}
      </span>
      <span>
        {job?.started_at && <Elapsed since={job.started_at} />}
        {isAdopted && <span class="soft">, adopted</span>}
      </span>
    </li>
  );
}
