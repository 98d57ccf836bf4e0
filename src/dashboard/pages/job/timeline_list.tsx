/** What became of a job, as a list; of each run its output can be chosen. */

import type { ShownJob } from "../../api/types.ts";
import { Ago } from "../../components/ago.tsx";
import { JobText } from "../../components/job_text.tsx";
import { StateMark } from "../../components/state_badge.tsx";
import { useKeys } from "../../keys/keys.ts";
import { changeQuery } from "../../router/place.ts";
import { jobUrl } from "../../router/routes.ts";
import { type Step, timelineOf } from "./timeline.ts";

export interface TimelineListProps {
  readonly job: ShownJob;
  /** The run whose output is shown, or null. */
  readonly shownRun: number | null;
}

export function TimelineList({ job, shownRun }: TimelineListProps) {
  const go = (by: number) => {
    const at = job.runs.findIndex(({ number }) => number === shownRun);
    const run = job.runs[at + by];
    if (run !== undefined) changeQuery({ run: run.number }, { replaces: true });
  };
  useKeys(
    job.runs.length < 2 ? [] : [
      { keys: "[", does: "Output of the run before", run: () => go(-1) },
      { keys: "]", does: "Output of the next run", run: () => go(1) },
    ],
  );
  return (
    <section class="section" aria-label="What became of it">
      <div class="section-head">
        <h2>Attempts</h2>
      </div>
      <ol class="timeline">
        {timelineOf(job).map((step, index) => (
          <TimelineStep
            key={index}
            step={step}
            id={job.id}
            isShown={step.run !== null && step.run === shownRun}
          />
        ))}
      </ol>
    </section>
  );
}

interface TimelineStepProps {
  readonly step: Step;
  readonly id: string;
  readonly isShown: boolean;
}

function TimelineStep({ step: { kind, title, details, at, state, run }, id, isShown }: TimelineStepProps) {
  return (
    <li class={`step for-${kind} ${isShown ? "is-shown" : ""}`}>
      <span class="step-mark">{state !== null && <StateMark state={state} />}</span>
      <div>
        <p class="step-title">
          {run === null ? title : (
            <a
              href={`${jobUrl(id)}?run=${run}`}
              aria-current={isShown ? "true" : undefined}
              title={`Show the output of run ${run}`}
            >
              {title}
            </a>
          )}
          {at !== null && (
            <>
              {" "}
              <Ago at={at} />
            </>
          )}
        </p>
        {details.map((detail) => (
          <p key={detail} class="step-detail">
            <JobText text={detail} />
          </p>
        ))}
      </div>
    </li>
  );
}
