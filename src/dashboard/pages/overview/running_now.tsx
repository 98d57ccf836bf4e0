/** The workers and what each of them runs at this moment. */

import { Elapsed } from "../../components/elapsed.tsx";
import { Empty } from "../../components/empty.tsx";
import { JobText } from "../../components/job_text.tsx";
import { Loading } from "../../components/loading.tsx";
import { ProgressBar } from "../../components/progress_bar.tsx";
import { listJobs } from "../../api/calls.ts";
import type { Worker } from "../../api/types.ts";
import { countOf } from "../../format/count.ts";
import { useResource } from "../../live/resource.ts";
import { jobUrl, paths } from "../../router/routes.ts";
import { type CrewMember, crewOf } from "./crew.ts";

const mostShown = 12;
const mostRunning = 200;

export function RunningNow({ workers }: { readonly workers: readonly Worker[] | null }) {
  const running = useResource(
    "running",
    (signal) => listJobs({ state: "processing", limit: mostRunning }, signal),
    // No event tells of progress.
    { everyMs: 2000 },
  );
  const crew = workers === null ? null : crewOf(workers, running.value.value?.jobs ?? []);
  return (
    <section class="section">
      <div class="section-head">
        <h2>Workers, and what they run</h2>
        <a href={paths.workers}>All workers</a>
      </div>
      {crew === null ? <Loading lines={3} /> : crew.length === 0
        ? (
          <Empty title="No worker runs.">
            Start one: <code>queuectl worker start</code>
          </Empty>
        )
        : (
          <ul class="crew">
            {crew.slice(0, mostShown).map((member) => <Member key={member.worker.id} {...member} />)}
            {crew.length > mostShown && (
              <li>
                <a href={paths.workers}>and {countOf(crew.length - mostShown, "more worker")}</a>
              </li>
            )}
          </ul>
        )}
    </section>
  );
}

function Member({ worker: { id, host, state, concurrency }, jobs }: CrewMember) {
  return (
    <li class="crew-member">
      <p class="crew-name">
        <span class="mono">{id}</span>
        <span class="soft">
          {host} · {state}
          {concurrency > 1 && ` · ${jobs.length} of ${concurrency}`}
        </span>
      </p>
      {jobs.map(({ id: job, command, started_at, progress }) => (
        <p key={job} class="crew-job">
          <a class="row-link" href={jobUrl(job)} title={job}>{job}</a>
          <code class="crew-command">
            <JobText text={command} />
          </code>
          {progress != null && <ProgressBar {...progress} />}
          {started_at != null && <Elapsed since={started_at} />}
        </p>
      ))}
    </li>
  );
}
