/** The jobs of one group, page by page. */

import { useEffect, useRef } from "preact/hooks";
import { listDead } from "../../api/calls.ts";
import { queryText } from "../../api/query_text.ts";
import type { DeadGroup, Job } from "../../api/types.ts";
import { Ago } from "../../components/ago.tsx";
import { Empty } from "../../components/empty.tsx";
import { JobText } from "../../components/job_text.tsx";
import { Loaded } from "../../components/loaded.tsx";
import { Pager } from "../../components/pager.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { withBidiShown } from "../../format/bidi.ts";
import { countOf } from "../../format/count.ts";
import { useResource } from "../../live/resource.ts";
import { query } from "../../router/place.ts";
import { jobUrl, paths } from "../../router/routes.ts";
import { mayChangeDead } from "./filter.ts";
import { errorText } from "./group_table.tsx";

const columns: readonly Column<Job>[] = [
  { title: "Job", cell: ({ id }) => id },
  { title: "Died", cell: ({ finished_at }) => <Ago at={finished_at} /> },
  { title: "Queue", cell: ({ queue }) => queue },
  {
    title: "Attempts",
    cell: ({ attempts, max_retries }) => `${attempts}/${Math.max(max_retries, 1)}`,
    isNumber: true,
  },
  { title: "Command and error", cell: (job) => <CommandAndError job={job} />, isWide: true },
];

export interface GroupJobsProps {
  /** Null where it has no jobs any more, or none that the filters mean. */
  readonly group: DeadGroup | null;
}

export function GroupJobs({ group }: GroupJobsProps) {
  const asked = Object.fromEntries(query.value);
  const jobs = useResource(query.value.toString(), (signal) => listDead(asked, signal), {
    isAffected: mayChangeDead,
  });
  // Of removals no event tells, but the group gets smaller.
  const count = group?.count ?? 0;
  const seenCount = useRef(count);
  useEffect(() => {
    if (seenCount.current === count) return;
    seenCount.current = count;
    jobs.reload();
  }, [count]);
  const allUrl = paths.deadLetters + queryText({ ...asked, group: null, after: null });
  return (
    <section class="section" aria-labelledby="group-title">
      <a class="back" href={allUrl}>All groups</a>
      {group === null ? <h2 id="group-title">A group without jobs</h2> : <GroupHead group={group} />}
      <Loaded resource={jobs} lines={8}>
        {({ jobs: rows, next }) =>
          rows.length === 0
            ? (
              <Empty title="None of them is dead now.">
                <a href={allUrl}>To all groups</a>
              </Empty>
            )
            : (
              <>
                <Table
                  caption="Dead jobs of this group"
                  columns={columns}
                  rows={rows}
                  rowKey={({ id }) => id}
                  rowUrl={({ id }) => jobUrl(id)}
                />
                <Pager next={next} />
              </>
            )}
      </Loaded>
    </section>
  );
}

function GroupHead({ group }: { readonly group: DeadGroup }) {
  const { exit_code, count, queues, oldest_at, newest_at } = group;
  return (
    <header class="group-head">
      <h2 id="group-title" class="group-error">
        <JobText text={errorText(group)} />
      </h2>
      <p class="soft">
        {exit_code === null ? "No exit code" : `Exit code ${exit_code}`} · {countOf(count, "job")} in{" "}
        {queues.join(", ")} · first <Ago at={oldest_at} />, last <Ago at={newest_at} />
      </p>
    </header>
  );
}

function CommandAndError({ job: { command, last_error, reason } }: { readonly job: Job }) {
  return (
    <>
      <code title={withBidiShown(command)}>
        <JobText text={command} />
      </code>
      <span class="dead-error">
        <JobText text={lastLine(last_error ?? reason)} />
      </span>
    </>
  );
}

function lastLine(text: string | null): string {
  return text?.trimEnd().split("\n").at(-1) ?? "";
}
