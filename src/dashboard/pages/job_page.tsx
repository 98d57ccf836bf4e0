/** One job: where it stands and why, what its runs did and wrote, and what it waits for. */

import { useEffect } from "preact/hooks";
import { readJob } from "../api/calls.ts";
import type { JobState, ShownJob } from "../api/types.ts";
import { Empty } from "../components/empty.tsx";
import { Loaded } from "../components/loaded.tsx";
import { Page } from "../components/page.tsx";
import { useResource } from "../live/resource.ts";
import { query } from "../router/place.ts";
import { Explanation } from "./job/explanation.tsx";
import { GraphSection } from "./job/graph_section.tsx";
import { JobActions } from "./job/job_actions.tsx";
import { JobDetails, JobHead } from "./job/job_head.tsx";
import { OutputPanel } from "./job/output_panel.tsx";
import { TimelineList } from "./job/timeline_list.tsx";

/** No event tells how far a run is. */
const progressEveryMs = 2000;
/** Nor that it is removed. */
const everyMs = 15_000;

export function JobPage({ params }: { readonly params: Readonly<Record<string, string>> }) {
  const id = params.id!;
  const job = useResource(id, (signal) => readJob(id, signal), {
    isAffected: (change) => change.id === id,
    restMs: 300,
    everyMs,
  });
  const { value, error, reload } = job;
  const isRunning = value.value?.state === "processing";
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => document.hidden || reload(), progressEveryMs);
    return () => clearInterval(timer);
  }, [isRunning]);

  if (error.value?.status === 404) {
    return (
      <Page title={`Job ${id}`}>
        <Empty title="There is no job of this id.">
          It was removed, or it was over for longer than such jobs are kept. <a href="/jobs">To the jobs</a>
        </Empty>
      </Page>
    );
  }
  return (
    <Page
      title={id}
      actions={value.value === null ? null : <JobActions job={value.value} onChanged={reload} />}
    >
      <Loaded resource={job} lines={10}>{(shown) => <Job job={shown} onChanged={reload} />}</Loaded>
    </Page>
  );
}

/** A job that runs may have lost its worker. */
const waiting: ReadonlySet<JobState> = new Set(["pending", "blocked", "processing"]);

function Job({ job, onChanged }: { readonly job: ShownJob; readonly onChanged: () => void }) {
  const asked = Number(query.value.get("run"));
  const run = job.runs.find(({ number }) => number === asked) ?? job.runs.at(-1);
  return (
    <>
      <JobHead job={job} />
      {waiting.has(job.state) && <Explanation job={job} onMissing={onChanged} />}
      <div class="job-columns">
        <div class="job-facts">
          <TimelineList job={job} shownRun={run?.number ?? null} />
          <JobDetails job={job} />
        </div>
        {run === undefined
          ? (
            <section class="section" aria-label="Output">
              <div class="section-head">
                <h2>Output</h2>
              </div>
              <p class="output-none">It has not run yet.</p>
            </section>
          )
          : <OutputPanel id={job.id} run={run} />}
      </div>
      <GraphSection job={job} onMissing={onChanged} />
    </>
  );
}
