/** Why a job does not run now, and when it will; asked anew as things change. */

import { useEffect } from "preact/hooks";
import { isMissing } from "../../api/api_error.ts";
import { explainJob } from "../../api/calls.ts";
import type { ShownJob } from "../../api/types.ts";
import { CopyButton } from "../../components/copy_button.tsx";
import { JobText } from "../../components/job_text.tsx";
import { formatExact, formatPoint } from "../../format/instant.ts";
import { useResource } from "../../live/resource.ts";

/** Time passes, and workers come and go, without an event. */
const everyMs = 3000;

export interface ExplanationProps {
  readonly job: ShownJob;
  /** Called when the server knows no such job any more. */
  readonly onMissing: () => void;
}

export function Explanation({ job, onMissing }: ExplanationProps) {
  const { value, error } = useResource(
    `${job.id} ${job.state} ${job.updated_at}`,
    (signal) => explainJob(job.id, signal),
    { everyMs, restMs: 2000 },
  );
  useEffect(() => {
    if (isMissing(error.value)) onMissing();
  }, [error.value]);
  // What goes wrong shows where the job itself is asked for.
  if (value.value === null || value.value.gate === "running" || value.value.gate === "ended") return null;
  const { sentence, until, details } = value.value;
  return (
    <section class="explanation" aria-label="Why it does not run">
      <p>
        <JobText text={sentence} /> {until !== null && (
          <span class="soft">
            (<time dateTime={until} title={formatExact(until)}>{formatPoint(Date.parse(until), true)}</time>)
          </span>
        )}
      </p>
      {details.then.length > 0 && (
        <ul aria-label="Then">
          {details.then.map((next) => (
            <li key={next.gate}>
              Then: <JobText text={next.sentence} />
            </li>
          ))}
        </ul>
      )}
      {details.try !== null && (
        <p class="explanation-try">
          <code>{details.try}</code>
          <CopyButton text={details.try} label="Copy this command" />
        </p>
      )}
    </section>
  );
}
