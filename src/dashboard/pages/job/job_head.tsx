/** What a job is: its state and command at one look, and everything else below that is worth a line. */

import type { ComponentChildren } from "preact";
import type { ShownJob } from "../../api/types.ts";
import { Ago } from "../../components/ago.tsx";
import { CopyButton } from "../../components/copy_button.tsx";
import { Elapsed } from "../../components/elapsed.tsx";
import { JobText } from "../../components/job_text.tsx";
import { StateBadge } from "../../components/state_badge.tsx";
import { formatBytes } from "../../format/count.ts";
import { shownState } from "../../format/job_state.ts";
import { jobUrl } from "../../router/routes.ts";
import { queryText } from "../../api/query_text.ts";

export function JobHead({ job }: { readonly job: ShownJob }) {
  const { state, started_at, finished_at, label, progress } = job;
  return (
    <div class="job-head">
      <p class="job-state">
        <StateBadge state={shownState(job)} />
        {state === "processing" && started_at !== null && (
          <span class="soft">
            for <Elapsed since={started_at} />
          </span>
        )}
        {finished_at !== null && <Ago at={finished_at} />}
        {label !== null && (
          <span class="job-label">
            <JobText text={label} />
          </span>
        )}
      </p>
      <div class="job-command">
        <pre tabIndex={0} aria-label="Command"><JobText text={job.command} /></pre>
        <CopyButton text={job.command} label="Copy the command" />
      </div>
      {job.argv !== null && <p class="soft">Run without a shell, word by word.</p>}
      {state === "processing" && progress !== null && (
        <div class="job-progress">
          <progress max={100} value={progress.percent} aria-label="Progress" />
          <span>{progress.percent} %</span>
          {progress.text !== null && (
            <span class="soft">
              <JobText text={progress.text} />
            </span>
          )}
        </div>
      )}
    </div>
  );
}

type Fact = readonly [name: string, value: ComponentChildren];

export function JobDetails({ job }: { readonly job: ShownJob }) {
  return (
    <section class="section" aria-label="Details">
      <div class="section-head">
        <h2>Details</h2>
      </div>
      <dl class="facts">
        {factsOf(job).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === "string" ? <JobText text={value} /> : value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Those that it has; what is as it mostly is stays out. */
function factsOf(job: ShownJob): Fact[] {
  const named = (values: Readonly<Record<string, unknown>>) =>
    Object.entries(values).map(([name, value]) => (
      <span key={name}>
        <JobText text={`${name}=${String(value)}`} />
      </span>
    ));
  const given = (name: string, value: ComponentChildren, isGiven = value !== null): readonly Fact[] =>
    isGiven ? [[name, value]] : [];
  return [
    ...given("Queue", <a href={`/jobs${queryText({ queue: job.queue })}`}>{job.queue}</a>),
    ...given("Key", job.key),
    ...given("Unique", job.unique),
    ["Priority", String(job.priority)],
    ["Attempts", `${job.attempts} of ${Math.max(1, job.max_retries)}`],
    ...given("Exit code", String(job.exit_code), job.exit_code !== null),
    ...given("Last error", job.last_error),
    ...given("Needs", job.needs.join(", "), job.needs.length > 0),
    ...given("Slots", String(job.slots), job.slots > 1),
    ...given("Takes", named(job.resources), Object.keys(job.resources).length > 0),
    ...given("Timeout", job.timeout),
    ...given("Kill after", job.kill_after),
    ...given("Rules", named(job.rules ?? {}), job.rules !== null),
    ...given("Meta", named(job.meta), Object.keys(job.meta).length > 0),
    // Their values may be secrets.
    ...given("Variables", Object.keys(job.env).join(", "), Object.keys(job.env).length > 0),
    ...given("Folder", job.cwd),
    ...given("Input", formatBytes(job.stdin_bytes ?? 0), job.stdin_bytes !== null),
    ...given("Webhook", job.webhook ?? "", job.webhook !== null),
    ...given("Because of", <a href={jobUrl(job.hook_of ?? "")}>{job.hook_of}</a>, job.hook_of !== null),
    ...given("Enqueued", <Ago at={job.created_at} />),
    ...given("Due", <Ago at={job.run_at} />),
    ...given("Expires", <Ago at={job.expires_at} />, job.expires_at !== null),
  ];
}
