/** Jobs by filters that are in the URL, page by page, live. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Ago } from "../components/ago.tsx";
import { Button } from "../components/button.tsx";
import { Empty } from "../components/empty.tsx";
import { JobText } from "../components/job_text.tsx";
import { Loading } from "../components/loading.tsx";
import { Page } from "../components/page.tsx";
import { Pager } from "../components/pager.tsx";
import { Problem } from "../components/problem.tsx";
import { StateBadge } from "../components/state_badge.tsx";
import { type Column, Table } from "../components/table.tsx";
import { readQueues } from "../api/calls.ts";
import type { Job } from "../api/types.ts";
import { withBidiShown } from "../format/bidi.ts";
import { shownState } from "../format/job_state.ts";
import { useKeys } from "../keys/keys.ts";
import { useResource } from "../live/resource.ts";
import { isReadOnly } from "../live/server.ts";
import { query } from "../router/place.ts";
import { jobUrl } from "../router/routes.ts";
import { BulkBar } from "./jobs/bulk_bar.tsx";
import { EnqueueDialog, type EnqueueDialogProps } from "./jobs/enqueue_dialog.tsx";
import { clearFilters, FilterChips, FilterForm } from "./jobs/filter_form.tsx";
import { filtersOf, placeOf, setFilters } from "./jobs/filters.ts";
import { type HeldRows, newerText } from "./jobs/held_rows.ts";
import { useJobList } from "./jobs/use_job_list.ts";

const columns: readonly Column<Job>[] = [
  { title: "Job", cell: ({ id }) => id },
  { title: "State", cell: (job) => <StateBadge state={shownState(job)} /> },
  { title: "Queue", cell: ({ queue }) => queue },
  { title: "Attempts", cell: ({ attempts, max_retries }) => `${attempts}/${max_retries}`, isNumber: true },
  { title: "Command", cell: (job) => <Command {...job} />, isWide: true },
  { title: "Enqueued", cell: ({ created_at }) => <Ago at={created_at} /> },
];

/** Further down than that, in pixels, a page is being read. */
const readFrom = 200;

export function JobsPage() {
  const filters = filtersOf(query.value);
  const selected = useSignal<ReadonlySet<string>>(new Set());
  const isEnqueuing = useSignal(false);
  const list = useJobList(filters, placeOf(query.value), () => selected.peek().size > 0 || isRead());
  // What is not what is asked for is shown until that comes, but not where it does not.
  const rows = list.isStale && list.resource.error.value !== null ? null : list.rows.value;
  const filterKey = JSON.stringify(filters);
  useEffect(() => {
    selected.value = new Set();
  }, [filterKey]);
  const mayChange = !isReadOnly.value;
  const openForm = () => {
    isEnqueuing.value = true;
  };
  useKeys(mayChange ? [{ keys: "n", does: "Enqueue a new job", run: openForm }] : []);
  const isFiltered = Object.keys(setFilters(filters)).length > 0;
  return (
    <Page
      title="Jobs"
      actions={mayChange && <Button kind="primary" onClick={openForm}>Enqueue a job</Button>}
    >
      <FilterForm filters={filters} />
      <FilterChips filters={filters} />
      {list.resource.error.value !== null && (
        <Problem error={list.resource.error.value} onRetry={list.resource.reload} />
      )}
      {mayChange && (
        <BulkBar
          key={filterKey}
          filters={filters}
          selected={selected}
          hasMore={rows !== null &&
            (rows.next !== null || rows.jobs.some(({ id }) => !selected.value.has(id)))}
          onDone={list.renew}
        />
      )}
      {rows === null
        ? list.resource.error.value === null && <Loading lines={12} />
        : (
          <div class={`jobs-list ${list.isStale ? "is-stale" : ""}`} aria-busy={list.isStale}>
            {list.isStale && <p class="looking" role="status">Looking through the jobs…</p>}
            <Newer rows={rows} onShow={list.showNewer} />
            {rows.jobs.length === 0
              ? <NoJobs isFiltered={isFiltered} onEnqueue={mayChange ? openForm : null} />
              : (
                <Table
                  caption="Jobs"
                  columns={columns}
                  rows={rows.jobs}
                  rowKey={({ id }) => id}
                  rowUrl={({ id }) => jobUrl(id)}
                  rowClass={({ id }) => rows.left.has(id) ? "has-left" : ""}
                  {...(mayChange
                    ? { selection: { selected: selected.value, onChange: (ids) => selected.value = ids } }
                    : {})}
                />
              )}
            <Pager next={rows.next} newer={rows.jobs.length === 0 ? null : `@${rows.jobs[0]!.arrival}`} />
          </div>
        )}
      {isEnqueuing.value && (
        <Enqueue
          queue={filters.queue}
          onDone={list.renew}
          onClose={() => isEnqueuing.value = false}
        />
      )}
    </Page>
  );
}

/** Whether somebody reads the rows: further down, or with the pointer or the focus on one. */
function isRead(): boolean {
  return scrollY > readFrom ||
    document.querySelector(".jobs-list tbody:is(:hover, :focus-within)") !== null;
}

function Command({ command, label }: Job) {
  return (
    <>
      {label !== null && (
        <span class="job-label" title={withBidiShown(label)}>
          <JobText text={label} />
        </span>
      )}
      <code title={withBidiShown(command)}>
        <JobText text={command} />
      </code>
    </>
  );
}

function Newer({ rows, onShow }: { readonly rows: HeldRows; readonly onShow: () => void }) {
  if (rows.newer === 0) return null;
  return (
    <div class="newer" role="status">
      <Button
        onClick={() => {
          onShow();
          scrollTo(0, 0);
        }}
      >
        {newerText(rows)}
      </Button>
    </div>
  );
}

interface NoJobsProps {
  readonly isFiltered: boolean;
  /** Null where nothing may be changed. */
  readonly onEnqueue: (() => void) | null;
}

function NoJobs({ isFiltered, onEnqueue }: NoJobsProps) {
  if (isFiltered) {
    return (
      <Empty title="No job is like that.">
        <Button onClick={clearFilters}>Clear the filters</Button>
      </Empty>
    );
  }
  return (
    <Empty title="There is no job yet.">
      <p>
        Enqueue one: <code>queuectl enqueue -- echo hello</code>
      </p>
      {onEnqueue !== null && <Button onClick={onEnqueue}>Enqueue a job here</Button>}
    </Empty>
  );
}

function Enqueue(props: Omit<EnqueueDialogProps, "queues">) {
  const queues = useResource("queues", readQueues, { restMs: 10_000 });
  return <EnqueueDialog {...props} queues={(queues.value.value ?? []).map(({ name }) => name)} />;
}
